//! What is asked of a person, and what follows the answer.

use super::*;

fn refused_once_and_answering(yes: bool) -> impl FnMut(&mut Rig, &Action) -> Option<Event> {
    let mut first = true;
    move |_, action| match action {
        Action::Create(_) if std::mem::take(&mut first) => {
            Some(Event::Answer(Answer::Refused(refusal(RefusalKind::SoldOut))))
        }
        Action::Ask(_) => Some(Event::Answered(yes)),
        _ => None,
    }
}

#[test]
fn dearer_than_agreed_is_asked_for_where_somebody_is_there() {
    for (yes, exit, creates) in [(true, 0, 2), (false, 0, 1)] {
        let mut terms = Terms::new(request(1));
        terms.may_ask = true;
        let mut rig = Rig::new(terms, fleet(2));
        let outcome = rig.run(refused_once_and_answering(yes));
        assert_eq!(
            (outcome.exit_code(), rig.creates().len(), rig.count("ask")),
            (exit, creates, 1)
        );
        assert_eq!(outcome.instances.len(), usize::from(yes));
    }
}

#[test]
fn what_was_agreed_to_anew_is_written_down() {
    let mut terms = Terms::new(request(1));
    terms.may_ask = true;
    let mut rig = Rig::new(terms, fleet(2));
    rig.run(refused_once_and_answering(true));
    assert_eq!(rig.buyer.book().agreed(&slot(0)), Some(usd(2_000)));
}

#[test]
fn dearer_than_agreed_stops_where_nobody_is_there() {
    let mut rig = Rig::new(Terms::new(request(1)), fleet(2));
    let outcome = rig.run(refused_once_and_answering(true));
    assert_eq!((outcome.exit_code(), rig.creates().len(), rig.count("ask")), (4, 1, 0));
}

#[test]
fn a_plan_that_nobody_saw_is_shown_first() {
    for yes in [true, false] {
        let mut terms = Terms::new(request(1));
        terms.ask_first = true;
        let known = book(2, vec![(slot(0), usd(1_000))]);
        let mut rig = Rig::with(Buyer::new(terms, known, Vec::new(), [7; 32]), fleet(1));
        let outcome = rig.run(|_, action| matches!(action, Action::Ask(_)).then_some(Event::Answered(yes)));
        assert_eq!((rig.count("ask"), outcome.instances.len()), (1, usize::from(yes)));
    }
}
