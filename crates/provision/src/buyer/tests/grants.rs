//! What was granted, held against what was agreed.

use super::*;

/// Changes the first instance as soon as it exists.
fn with_first(mut change: impl FnMut(&mut Sighting)) -> impl FnMut(&mut Rig, &Action) -> Option<Event> {
    move |rig, action| {
        let Action::Create(order) = action else { return None };
        let id = rig.create(order, Life::Running);
        if id.as_str() == "i1" {
            rig.instances.last_mut().map(&mut change);
        }
        Some(Event::Answer(Answer::Created(id)))
    }
}

#[test]
fn a_dearer_one_is_deleted_at_once_and_reported() {
    for (over, kept) in [(1_000, true), (1_001, false)] {
        let mut rig = Rig::capped(Terms::new(request(1)), fleet(2), usd(2_000));
        let price = usd(2_000) + Money::from_nanos(over);
        let outcome = rig.run(with_first(|instance| instance.rate = Some(price)));
        assert_eq!(outcome.exit_code(), 0);
        assert_eq!(rig.creates().len(), if kept { 1 } else { 2 }, "{over}");
        assert_eq!(rig.count("delete i1"), usize::from(!kept));
        assert_eq!(
            outcome.warnings.iter().any(|warning| warning.contains("were agreed")),
            !kept
        );
        assert_eq!(rig.set_aside.len(), usize::from(!kept));
    }
}

#[test]
fn a_price_that_is_not_reported_is_a_warning() {
    for (wait_ready, waited) in [(None, 10), (Some(60), 10), (Some(1), 1)] {
        let mut terms = Terms::new(request(1));
        terms.wait_ready = wait_ready.map(Duration::from_secs);
        let mut rig = Rig::new(terms, fleet(1));
        let outcome = rig.run(with_first(|instance| instance.rate = None));
        assert_eq!((outcome.exit_code(), outcome.instances[0].cost_per_hr), (0, usd(1_000)));
        assert!(
            outcome.warnings[0].contains("does not report what it costs"),
            "{:?}",
            outcome.warnings
        );
        assert!((waited..waited + 6).contains(&rig.time.as_secs()), "{:?}", rig.time);
    }
}

#[test]
fn other_ports_are_reported_as_granted() {
    let mut rig = Rig::new(Terms::new(request(1)), fleet(1));
    let other = Port::new(31_337).unwrap();
    let outcome = rig.run(with_first(|instance| {
        instance.ports.as_mut().unwrap()[0].external_port = other;
    }));
    assert_eq!(
        (outcome.exit_code(), outcome.instances[0].port_forwards[0].external_port),
        (0, other)
    );
}

#[test]
fn ignored_ports_mean_another_host() {
    let mut rig = Rig::capped(Terms::new(request(1)), fleet(2), usd(2_000));
    let outcome = rig.run(with_first(|instance| instance.ports = Some(Vec::new())));
    assert_eq!((outcome.exit_code(), rig.creates()), (0, vec!["h1", "h2"]));
    assert!(rig.time >= Duration::from_secs(45), "it is given time to show them");
}

#[test]
fn one_that_stops_by_itself_is_replaced() {
    let mut rig = Rig::capped(Terms::new(request(1)), fleet(2), usd(2_000));
    let outcome = rig.run(with_first(|instance| instance.life = Life::Stopped));
    assert_eq!(
        (outcome.exit_code(), rig.creates(), rig.count("delete i1")),
        (0, vec!["h1", "h2"], 1)
    );
}

#[test]
fn one_that_never_runs_stays_unless_it_was_to_be_waited_for() {
    for (wait_ready, creates, warned) in [(None, 1, "does not run yet"), (Some(60), 2, "after 60 s")] {
        let mut terms = Terms::new(request(1));
        terms.wait_ready = wait_ready.map(Duration::from_secs);
        let mut rig = Rig::capped(terms, fleet(2), usd(2_000));
        let outcome = rig.run(with_first(|instance| instance.life = Life::Starting));
        assert_eq!((outcome.exit_code(), rig.creates().len()), (0, creates));
        assert!(outcome.warnings[0].contains(warned), "{:?}", outcome.warnings);
    }
}

#[test]
fn one_whose_ssh_port_does_not_answer_in_time_is_replaced() {
    let mut terms = Terms::new(request(1));
    terms.wait_ready = Some(Duration::from_secs(60));
    let mut rig = Rig::capped(terms, fleet(2), usd(2_000));
    let outcome = rig.run(|rig, action| match action {
        Action::Knock { .. } => Some(Event::Knocked(rig.created > 1)),
        _ => None,
    });
    assert_eq!((outcome.exit_code(), rig.creates()), (0, vec!["h1", "h2"]));
    assert!(rig.count("knock 20000") > 5);
}

#[test]
fn one_that_vanishes_is_replaced() {
    let mut rig = Rig::capped(Terms::new(request(1)), fleet(2), usd(2_000));
    let mut gone = false;
    let outcome = rig.run(|rig, action| {
        if matches!(action, Action::LookAtInstance(_)) && !std::mem::replace(&mut gone, true) {
            rig.instances.clear();
        }
        None
    });
    assert_eq!(
        (outcome.exit_code(), rig.creates(), rig.instances.len()),
        (0, vec!["h1", "h2"], 1)
    );
}

#[test]
fn a_deletion_is_repeated_until_the_instance_is_gone() {
    let mut rig = Rig::capped(Terms::new(request(1)), fleet(2), usd(2_000));
    let mut price_up = with_first(|instance| instance.rate = Some(usd(5_000)));
    let mut deaf = 2;
    let outcome = rig.run(|rig, action| match action {
        Action::Delete(_) if deaf > 0 => {
            deaf -= 1;
            Some(Event::Deleted(Err(crate::market::Fault::passing("no answer"))))
        }
        _ => price_up(rig, action),
    });
    assert_eq!(
        (outcome.exit_code(), rig.count("delete i1"), rig.instances.len()),
        (0, 3, 1)
    );
}

#[test]
fn a_deletion_that_is_never_confirmed_is_left_open() {
    let mut rig = Rig::capped(Terms::new(request(1)), fleet(2), usd(2_000));
    let mut price_up = with_first(|instance| instance.rate = Some(usd(5_000)));
    let outcome = rig.run(|rig, action| match action {
        Action::Delete(_) => Some(Event::Deleted(Ok(()))),
        _ => price_up(rig, action),
    });
    assert_eq!((outcome.exit_code(), rig.creates().len()), (6, 1));
    assert!(outcome.reason.unwrap().contains("does not say that it is gone"));
}
