//! Taking up what an earlier run left.

use super::*;
use crate::journal::Ending;
use crate::outcome::Status;

/// A second run of a request for so many VMs, of which one attempt is known.
fn second_run(replicas: u32, attempt: Attempt) -> Rig {
    let agreed = (0..replicas).map(|n| (slot(n), usd(2_000))).collect();
    let mut known = book(2, agreed);
    known.attempts.push(attempt);
    let mut terms = Terms::new(request(replicas));
    terms.boot = Some("this boot".into());
    Rig::with(Buyer::new(terms, known, Vec::new(), [7; 32]), fleet(2))
}

fn exists(rig: &mut Rig, name: &str) {
    rig.instances.push(Sighting {
        id: InstanceId::new("i9"),
        name: Some(name.into()),
        life: Life::Running,
        word: "running".into(),
        ports: Some(earlier(0, AttemptState::Sent, None).deal.ports),
        rate: Some(usd(1_000)),
        address: Some("203.0.113.1".into()),
    });
}

#[test]
fn a_create_that_was_surely_not_sent_is_made_anew() {
    let mut rig = second_run(1, earlier(0, AttemptState::Intended, Some("this boot")));
    let outcome = rig.run_well();
    assert_eq!((outcome.exit_code(), rig.creates().len()), (0, 1));
    assert_eq!(
        rig.buyer.book().attempts[0].state,
        AttemptState::Closed(Ending::NotSent)
    );
}

#[test]
fn a_create_that_may_have_been_sent_is_looked_for_and_never_made_again() {
    for (state, boot) in [
        (AttemptState::Sent, Some("this boot")),
        (AttemptState::Intended, Some("another boot")),
        (AttemptState::Intended, None),
    ] {
        let mut rig = second_run(1, earlier(0, state.clone(), boot));
        let outcome = rig.run_well();
        assert_eq!((outcome.exit_code(), rig.creates().len()), (6, 0), "{state:?} {boot:?}");
        assert!(rig.count("list") >= 2);
        let mut found = second_run(1, earlier(0, state, boot));
        exists(&mut found, "vm-0-gp-earlier");
        let outcome = found.run_well();
        assert_eq!((outcome.exit_code(), found.creates().len()), (0, 0));
        assert_eq!(outcome.instances[0].instance_id, InstanceId::new("i9"));
    }
}

#[test]
fn what_the_provider_said_had_failed_is_looked_for_and_made_anew() {
    let mut rig = second_run(1, earlier(0, AttemptState::Doubted, None));
    let outcome = rig.run_well();
    assert_eq!((outcome.exit_code(), rig.creates().len()), (0, 1));
}

#[test]
fn only_what_is_missing_is_bought() {
    let mut rig = second_run(2, earlier(0, AttemptState::Created(InstanceId::new("i9")), None));
    exists(&mut rig, "vm-0-gp-earlier");
    let outcome = rig.run_well();
    assert_eq!(
        (outcome.exit_code(), rig.creates().len(), rig.instances.len()),
        (0, 1, 2)
    );
}

#[test]
fn what_was_taken_over_is_kept_though_the_whole_fails() {
    let mut rig = second_run(3, earlier(0, AttemptState::Created(InstanceId::new("i9")), None));
    exists(&mut rig, "vm-0-gp-earlier");
    let mut created = 0;
    let outcome = rig.run(|_, action| {
        let Action::Create(_) = action else { return None };
        created += 1;
        (created > 1).then(|| Event::Answer(Answer::Refused(refusal(RefusalKind::NoMoney))))
    });
    assert_eq!((outcome.exit_code(), outcome.status), (5, Status::Partial));
    let left: Vec<&str> = rig.instances.iter().map(|i| i.id.as_str()).collect();
    assert_eq!(left, ["i9"]);
}

#[test]
fn a_deletion_that_was_begun_is_finished() {
    let mut attempt = earlier(0, AttemptState::Created(InstanceId::new("i9")), None);
    attempt.rate = Some(usd(1_000));
    let mut rig = second_run(1, attempt);
    exists(&mut rig, "vm-0-gp-earlier");
    rig.buyer.book.apply(&Change::Remove {
        name: AttemptName::known("vm-0-gp-earlier"),
        id: InstanceId::new("i9"),
        why: crate::journal::Why::Undone,
        note: "undone".into(),
    });
    let outcome = rig.run_well();
    assert_eq!(
        (outcome.exit_code(), rig.count("delete i9"), rig.instances.len()),
        (0, 1, 1)
    );
}

#[test]
fn settling_buys_nothing() {
    let mut known = book(2, vec![(slot(0), usd(2_000)), (slot(1), usd(2_000))]);
    known.attempts.push(earlier(0, AttemptState::Sent, None));
    let terms = Terms::settling(Duration::from_secs(1));
    let mut rig = Rig::with(Buyer::new(terms, known, Vec::new(), [7; 32]), fleet(2));
    exists(&mut rig, "vm-0-gp-earlier");
    let outcome = rig.run_well();
    assert_eq!(
        (outcome.exit_code(), rig.creates().len(), outcome.instances.len()),
        (5, 0, 1)
    );
    assert!(!rig.buyer.is_over(), "the missing one may still be bought");
}
