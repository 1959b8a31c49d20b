//! Buying over real sockets, from the simulated marketplace.

use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use gpu_place_core::fleet::Fleet;
use gpu_place_core::gpu::GpuPattern;
use gpu_place_core::place::{Effort, needs_detail, place, propose};
use gpu_place_core::request::{Request, Vm, VmName};
use gpu_place_fetch::{Client, Settings, live};
use gpu_place_provision::buyer::{Again, Aim, Placed, Terms};
use gpu_place_provision::id::{Account, RequestKey, Words};
use gpu_place_provision::journal::JournalError;
use gpu_place_provision::market::Fault;
use gpu_place_provision::outcome::{AttemptResult, Outcome, Status};
use gpu_place_provision::run::holdings::Holdings;
use gpu_place_provision::run::tensordock::{TensorDock, plan_again};
use gpu_place_provision::run::{Desk, Session, aims};
use gpu_place_sim::{self as sim, Faults, Op, Options};
use gpu_place_tensordock::{Launch, SshKey};

const TOKEN: &str = "a-token";

struct Quiet(Client);

impl Desk for Quiet {
    async fn plan(&mut self, again: &Again) -> Result<Vec<Placed>, Fault> {
        plan_again(&self.0, again, Effort::default()).await
    }

    async fn ask(&mut self, _: &[Placed]) -> bool {
        false
    }

    fn tell(&mut self, _: &str) {}
}

fn exist(running: &sim::Running) -> usize {
    running.market(|market| market.instances().len())
}

fn creates(running: &sim::Running) -> u64 {
    running.market(|market| market.calls(Op::Create))
}

fn market(faults: Faults) -> sim::Running {
    let options = Options {
        token: Some(TOKEN.into()),
        delete_time: Duration::from_millis(20),
        ..Options::default()
    };
    let market = sim::Market::embedded(options).with_faults(faults);
    sim::serve(market, "127.0.0.1:0".parse().unwrap()).unwrap()
}

fn client(url: &str) -> Client {
    let mut settings = Settings::new(url, Some(TOKEN.into()));
    settings.calls_per_minute = NonZeroU32::new(6_000).unwrap();
    settings.create_timeout = Duration::from_millis(500);
    settings.repeats = 0;
    Client::new(settings).unwrap()
}

fn request(replicas: u32) -> Request {
    let mut vm = Vm::new(VmName::new("vm").unwrap());
    vm.gpu = vec![GpuPattern::new("h100-sxm5-80gb").unwrap()];
    vm.replicas = NonZeroU32::new(replicas).unwrap();
    Request::new(vec![vm]).unwrap()
}

fn session(folder: &Path, url: &str, request: &Request) -> Result<Session, JournalError> {
    let words = Words::of(request, b"");
    Session::begin(folder, RequestKey::of(&words, url), words, Account::new(url, TOKEN))
}

async fn planned(client: &Client, request: &Request) -> Vec<Aim> {
    let planner = |fleet: &Fleet| {
        let plan = propose(fleet, request, &[], Effort::default());
        let wanted = needs_detail(fleet, request, &plan);
        (plan, wanted)
    };
    let planned = live::plan(client, planner, |_, _| {}).await.unwrap();
    let plan = place(&planned.fleet, request, &[], Effort::default()).unwrap();
    aims(&planned.fleet, request, &plan, false)
}

async fn buy(folder: &Path, url: &str, request: &Request) -> Outcome {
    let mut session = session(folder, url, request).unwrap();
    let client = client(url);
    let aims = if session.is_unfinished() {
        Vec::new()
    } else {
        planned(&client, request).await
    };
    let mut terms = Terms::new(request.clone());
    terms.settle_for = Duration::from_secs(1);
    let launch = Launch::new("ubuntu2404", Some(SshKey::Text("ssh-ed25519 AAAA me".into())), None).unwrap();
    let market = TensorDock {
        client: client.clone(),
        launch: Some(launch),
    };
    let outcome = session.buy(terms, aims, &market, &mut Quiet(client)).await.unwrap();
    session.end().unwrap();
    outcome
}

#[tokio::test]
async fn a_plan_becomes_instances() {
    let running = market(Faults::none());
    let folder = tempfile::tempdir().unwrap();
    let outcome = buy(folder.path(), &running.url(), &request(2)).await;
    assert_eq!(
        (outcome.status, outcome.exit_code(), outcome.instances.len()),
        (Status::Created, 0, 2),
        "{outcome:?}"
    );
    assert!(
        outcome
            .instances
            .iter()
            .all(|i| i.status == "running" && i.port_forwards.len() == 1)
    );
    assert_eq!(outcome.warnings, Vec::<String>::new());
    // Once told, the same words are a new request.
    let again = buy(folder.path(), &running.url(), &request(2)).await;
    assert_eq!(again.status, Status::Created);
    assert_eq!(exist(&running), 4);
}

#[tokio::test]
async fn a_lost_create_is_found_and_not_repeated() {
    let running = market(Faults::none().on(Op::Create, 0, sim::Fault::AnswerLost));
    let folder = tempfile::tempdir().unwrap();
    let outcome = buy(folder.path(), &running.url(), &request(1)).await;
    assert_eq!(outcome.status, Status::Created, "{outcome:?}");
    assert_eq!(outcome.attempts[0].result, AttemptResult::Lost);
    assert_eq!(creates(&running), 1);
}

#[tokio::test]
async fn a_create_that_vanished_is_never_bought_again_until_a_person_says_so() {
    let running = market(Faults::none().on(Op::Create, 0, sim::Fault::RequestLost));
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let outcome = buy(folder.path(), &running.url(), &request(1)).await;
        assert_eq!(
            (outcome.status, outcome.exit_code()),
            (Status::Unknown, 6),
            "{outcome:?}"
        );
    }
    assert_eq!(creates(&running), 1);
    let mut holdings = Holdings::open(folder.path()).unwrap();
    let status = holdings.status(Default::default()).unwrap();
    holdings.abandon(status.holdings[0].name.as_str()).unwrap();
    let outcome = buy(folder.path(), &running.url(), &request(1)).await;
    assert_eq!(outcome.status, Status::Created, "{outcome:?}");
    assert_eq!(exist(&running), 1);
}

#[tokio::test]
async fn a_host_that_is_sold_out_is_passed_over() {
    let running = market(Faults::none().on(Op::Create, 0, sim::Fault::StaleStock));
    let folder = tempfile::tempdir().unwrap();
    let mut asked = request(1).with_vm(0, |vm| vm.gpu.clear());
    asked = asked.with_vm(0, |vm| vm.max_price_per_hr = None);
    let outcome = buy(folder.path(), &running.url(), &asked).await;
    // The next host is dearer than the one that was agreed to: it is not bought without asking.
    assert_eq!(outcome.exit_code(), 4, "{outcome:?}");
    assert!(outcome.reason.unwrap().contains("agreed price"));
    assert!(outcome.attempts[0].message.as_ref().unwrap().contains("sold out"));
    assert_eq!(exist(&running), 0);
}

#[tokio::test]
async fn what_was_bought_can_be_shown_and_destroyed() {
    let running = market(Faults::none());
    let folder = tempfile::tempdir().unwrap();
    let outcome = buy(folder.path(), &running.url(), &request(2)).await;
    let mut holdings = Holdings::open(folder.path()).unwrap();
    let status = holdings.status("2100-01-01T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!((status.holdings.len(), status.cost_per_hr), (2, outcome.cost_per_hr()));
    assert!(status.cost_so_far > status.cost_per_hr);
    let client = client(&running.url());
    let market = TensorDock {
        client: client.clone(),
        launch: None,
    };
    let names = [status.holdings[0].name.clone()];
    holdings.destroy(&names, &market, &mut Quiet(client)).await.unwrap();
    assert_eq!(exist(&running), 1);
    assert_eq!(holdings.status(Default::default()).unwrap().holdings.len(), 1);
}

#[tokio::test]
async fn two_processes_are_never_at_one_request() {
    let running = market(Faults::none());
    let folder = tempfile::tempdir().unwrap();
    let first = session(folder.path(), &running.url(), &request(1)).unwrap();
    assert!(matches!(
        session(folder.path(), &running.url(), &request(1)),
        Err(JournalError::Claimed { .. })
    ));
    assert!(session(folder.path(), &running.url(), &request(2)).is_ok());
    drop(first);
    assert!(session(folder.path(), &running.url(), &request(1)).is_ok());
}
