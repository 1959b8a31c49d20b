//! An answer of the marketplace of any status and bytes, to every kind of call.
//!
//! The first byte chooses the call, the second the status; the rest is the body.
#![no_main]

use gpu_place_core::fleet::HostId;
use gpu_place_tensordock::{
    Answer, CreateAnswer, DeleteAnswer, GetAnswer, Instance, ListAnswer, LookAnswer, Refusal, verdict,
};
use libfuzzer_sys::fuzz_target;

const STATUSES: [u16; 16] = [
    200, 201, 202, 204, 302, 400, 401, 403, 404, 409, 418, 422, 429, 500, 502, 503,
];

fuzz_target!(|bytes: &[u8]| {
    let [call, status, body @ ..] = bytes else {
        return;
    };
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let answer = Answer::new(status, body);
    match call % 7 {
        0 => create(status, verdict::create(&answer)),
        1 => delete(verdict::delete(&answer)),
        2 => get(verdict::get(&answer)),
        3 => list(verdict::list(&answer)),
        4 => look(verdict::hostnodes(&answer, "2026-11-23T12:00:00Z")),
        5 => look(verdict::hostnode(&answer, &HostId::new("hn-1"))),
        _ => look(verdict::locations(&answer)),
    }
});

/// An instance is believed in only under a good status and with an id; nothing else may start one's bill unnoticed.
fn create(status: u16, answer: CreateAnswer) {
    match answer {
        CreateAnswer::Created(created) => {
            assert!((200..300).contains(&status) && !created.id.as_str().is_empty());
            shown(&created.status);
            created.name.as_deref().map(shown);
        }
        CreateAnswer::Refused(refusal) => told(&refusal),
        CreateAnswer::ServerText(refusal) => {
            assert!(status >= 500 && !refusal.message.is_empty());
            told(&refusal);
        }
        CreateAnswer::Lost { why } => shown(&why),
    }
}

fn delete(answer: DeleteAnswer) {
    match answer {
        DeleteAnswer::Accepted | DeleteAnswer::Gone => {}
        DeleteAnswer::Refused(refusal) => told(&refusal),
        DeleteAnswer::Unknown { why } => shown(&why),
    }
}

fn get(answer: GetAnswer) {
    match answer {
        GetAnswer::Found(one) => instance(&one),
        GetAnswer::Gone => {}
        GetAnswer::Refused(refusal) => told(&refusal),
        GetAnswer::Unknown { why } => shown(&why),
    }
}

fn list(answer: ListAnswer) {
    match answer {
        ListAnswer::Listed(list) => list.instances.iter().for_each(instance),
        ListAnswer::Refused(refusal) => told(&refusal),
        ListAnswer::Unknown { why } => shown(&why),
    }
}

fn look<T>(answer: LookAnswer<T>) {
    match answer {
        LookAnswer::Found(_) | LookAnswer::Gone => {}
        LookAnswer::Refused(refusal) => told(&refusal),
        LookAnswer::Unknown { why } => shown(&why),
    }
}

fn instance(instance: &Instance) {
    assert!(!instance.id.as_str().is_empty());
    shown(&instance.status);
}

fn told(refusal: &Refusal) {
    shown(&refusal.to_string());
}

/// Fit for a terminal, and of bounded length.
fn shown(text: &str) {
    assert!(!text.chars().any(char::is_control), "{text:?}");
    assert!(text.chars().count() < 1_000, "{} characters", text.chars().count());
}
