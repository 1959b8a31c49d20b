//! What follows each kind of answer to a create call.

use super::*;
use crate::market::Fault;
use crate::outcome::AttemptResult;

/// Refuses the first create in one way.
fn refuse_first(kind: RefusalKind) -> impl FnMut(&mut Rig, &Action) -> Option<Event> {
    let mut first = true;
    move |_, action| {
        let refuse = matches!(action, Action::Create(_)) && std::mem::take(&mut first);
        refuse.then(|| Event::Answer(Answer::Refused(refusal(kind))))
    }
}

#[test]
fn each_kind_of_refusal_has_its_next_step() {
    use RefusalKind::*;
    let elsewhere = ["h1", "h2"].as_slice();
    let table = [
        (SoldOut, elsewhere, 0, "sold out"),
        (NoPublicIp, elsewhere, 0, "no public IP"),
        (Capacity, elsewhere, 0, "lacks room"),
        (PortsTaken, elsewhere, 0, "is taken"),
        (HostGone, elsewhere, 0, "not on the market"),
        (Deployment, elsewhere, 0, "without a reason"),
        (Other, elsewhere, 0, "refused"),
        (RateLimited, &["h1", "h1"], 0, "--rate-limit"),
        (ImageNotOffered, &["h1"], 4, "--image"),
        (PortRule, &["h1"], 4, "--port 22"),
        (BadRequest, &["h1"], 4, "of no use"),
        (NoMoney, &["h1"], 4, "balance"),
        (Unauthorised, &["h1"], 4, "TENSORDOCK_API_TOKEN"),
    ];
    for (kind, creates, exit, words) in table {
        let mut rig = Rig::capped(Terms::new(request(1)), fleet(2), usd(9_000));
        let outcome = rig.run(refuse_first(kind));
        assert_eq!(rig.creates(), creates, "{kind:?}");
        assert_eq!(outcome.exit_code(), exit, "{kind:?}");
        let refused = &outcome.attempts[0];
        assert_eq!(refused.result, AttemptResult::Refused, "{kind:?}");
        let message = refused.message.clone().unwrap();
        assert!(
            message.contains(words) && message.contains("their words"),
            "{kind:?}: {message}"
        );
        let aside: Vec<&str> = rig.set_aside.iter().map(|aside| aside.host.as_str()).collect();
        assert_eq!(
            aside,
            if creates == elsewhere { vec!["h1"] } else { vec![] },
            "{kind:?}"
        );
    }
}

#[test]
fn a_busy_marketplace_is_waited_for_as_long_as_it_says() {
    let mut rig = Rig::new(Terms::new(request(1)), fleet(1));
    let mut first = true;
    rig.run(|_, action| {
        let refuse = matches!(action, Action::Create(_)) && std::mem::take(&mut first);
        refuse.then(|| {
            Event::Answer(Answer::Refused(Refusal {
                retry_after: Some(Duration::from_secs(7)),
                ..refusal(RefusalKind::RateLimited)
            }))
        })
    });
    assert_eq!((rig.creates().len(), rig.time.as_secs()), (2, 7));
}

#[test]
fn three_failures_without_a_reason_suggest_the_balance() {
    for (failures, kind, hint) in [
        (2, RefusalKind::Deployment, false),
        (3, RefusalKind::Deployment, true),
        (3, RefusalKind::Other, true),
        (3, RefusalKind::SoldOut, false),
    ] {
        let mut rig = Rig::capped(Terms::new(request(1)), fleet(4), usd(9_000));
        let mut left = failures;
        let outcome = rig.run(|_, action| {
            let refuse = matches!(action, Action::Create(_)) && left > 0;
            left -= u32::from(refuse);
            refuse.then(|| Event::Answer(Answer::Refused(refusal(kind))))
        });
        assert_eq!(outcome.exit_code(), 0);
        assert_eq!(outcome.warnings.iter().any(|warning| warning.contains("balance")), hint);
    }
}

#[test]
fn what_a_failed_deployment_leaves_behind_is_deleted_before_another_host_is_tried() {
    let mut rig = Rig::capped(Terms::new(request(1)), fleet(2), usd(9_000));
    let mut first = true;
    let outcome = rig.run(|rig, action| match action {
        Action::Create(order) if std::mem::take(&mut first) => {
            rig.create(order, Life::Stopped);
            Some(Event::Answer(Answer::Refused(refusal(RefusalKind::Deployment))))
        }
        _ => None,
    });
    assert_eq!((outcome.exit_code(), rig.instances.len()), (0, 1));
    let deleted = rig.log.iter().position(|line| line == "delete i1").unwrap();
    let second = rig.log.iter().position(|line| line == "create h2").unwrap();
    assert!(deleted < second);
}

#[test]
fn the_providers_own_words_are_believed_once_lists_lack_the_name() {
    let mut rig = Rig::capped(Terms::new(request(1)), fleet(2), usd(9_000));
    let mut first = true;
    let outcome = rig.run(|_, action| {
        let fail = matches!(action, Action::Create(_)) && std::mem::take(&mut first);
        fail.then(|| Event::Answer(Answer::Doubtful(refusal(RefusalKind::Other))))
    });
    assert_eq!((outcome.exit_code(), rig.creates()), (0, vec!["h1", "h2"]));
    assert_eq!(
        rig.log
            .iter()
            .take_while(|line| *line != "create h2")
            .filter(|line| *line == "list")
            .count(),
        3
    );
}

#[test]
fn what_exists_although_the_provider_failed_is_taken() {
    let mut rig = Rig::new(Terms::new(request(1)), fleet(2));
    let outcome = rig.run(|rig, action| match action {
        Action::Create(order) => {
            rig.create(order, Life::Running);
            Some(Event::Answer(Answer::Doubtful(refusal(RefusalKind::Other))))
        }
        _ => None,
    });
    assert_eq!(
        (outcome.exit_code(), rig.creates().len(), rig.instances.len()),
        (0, 1, 1)
    );
}

#[test]
fn a_lost_create_is_never_bought_again() {
    let mut rig = Rig::new(Terms::new(request(1)), fleet(2));
    let outcome = rig.run(|_, action| match action {
        Action::Create(_) => Some(Event::Answer(Answer::Lost("no answer".into()))),
        _ => None,
    });
    assert_eq!((outcome.exit_code(), rig.creates().len()), (6, 1));
    assert!(rig.count("list") > 2 && rig.time >= Duration::from_secs(120));
    let name = outcome.attempts[0].name.clone().unwrap();
    assert_eq!(outcome.attempts[0].result, AttemptResult::Lost);
    assert!(outcome.warnings[0].contains(name.as_str()) && outcome.warnings[0].contains("--abandon"));
    assert!(!rig.buyer.is_over());
}

#[test]
fn a_lost_create_that_lands_late_is_taken() {
    let mut rig = Rig::new(Terms::new(request(1)), fleet(2));
    let mut order = None;
    let outcome = rig.run(|rig, action| match action {
        Action::Create(sent) => {
            order = Some(sent.clone());
            Some(Event::Answer(Answer::Lost("no answer".into())))
        }
        Action::LookForInstances if rig.time > Duration::from_secs(40) => {
            if let Some(order) = order.take() {
                rig.create(&order, Life::Starting);
                rig.instances[0].life = Life::Running;
            }
            None
        }
        _ => None,
    });
    assert_eq!(
        (outcome.exit_code(), rig.creates().len(), outcome.instances.len()),
        (0, 1, 1)
    );
    assert_eq!(outcome.attempts[0].result, AttemptResult::Lost);
}

#[test]
fn lists_that_fail_or_come_incomplete_prove_nothing() {
    let mut terms = Terms::new(request(1));
    terms.settle_for = Duration::from_secs(10);
    terms.patience.lists = Duration::from_secs(60);
    let mut rig = Rig::new(terms, fleet(2));
    let mut turn = 0;
    let outcome = rig.run(|rig, action| match action {
        Action::Create(_) => Some(Event::Answer(Answer::Doubtful(refusal(RefusalKind::Other)))),
        Action::LookForInstances => {
            turn += 1;
            let incomplete = Census {
                complete: false,
                ..rig.census()
            };
            let failed = Err(Fault::passing("HTTP 502"));
            Some(Event::Instances(if turn % 2 == 0 { Ok(incomplete) } else { failed }))
        }
        _ => None,
    });
    assert_eq!((outcome.exit_code(), rig.creates().len()), (6, 1));
}

#[test]
fn a_second_instance_of_one_name_is_deleted() {
    let mut rig = Rig::new(Terms::new(request(1)), fleet(2));
    let outcome = rig.run(|rig, action| match action {
        Action::Create(order) => {
            let id = rig.create(order, Life::Running);
            rig.create(order, Life::Running);
            Some(Event::Answer(Answer::Created(id)))
        }
        _ => None,
    });
    assert_eq!(
        (outcome.exit_code(), rig.instances.len(), rig.count("delete i2")),
        (0, 1, 1)
    );
}

#[test]
fn a_call_that_never_left_is_made_again() {
    let mut rig = Rig::new(Terms::new(request(1)), fleet(1));
    let mut first = true;
    let outcome = rig.run(|_, action| {
        let fail = matches!(action, Action::Create(_)) && std::mem::take(&mut first);
        fail.then(|| Event::Answer(Answer::NotSent("no route".into())))
    });
    assert_eq!((outcome.exit_code(), rig.creates().len()), (0, 2));
}
