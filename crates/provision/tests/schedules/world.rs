//! One schedule: processes, a marketplace and a disk, driven by a seed in simulated time.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use gpu_place_core::fleet::Fleet;
use gpu_place_core::place::{Effort, place};
use gpu_place_provision::buyer::{Action, Aim, Buyer, Event, Now, Order, Placed};
use gpu_place_provision::id::{Account, Slot, Words};
use gpu_place_provision::journal::{AttemptState, Change, Journal, Opening, RequestId, SqliteJournal, Stamp};
use gpu_place_provision::market::{Fault, HostLook};
use gpu_place_provision::outcome::{Outcome, Status};
use gpu_place_provision::tensordock as wire;
use gpu_place_sim::{Call, Faults, Market, Method, Reply};
use gpu_place_tensordock as td;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::check::{self, Violation};
use crate::process::{Answered, Process, process, twin};
use crate::scene;
use crate::store::{Disk, Fate, Store};

const READ_TIMEOUT: Duration = Duration::from_secs(30);
const CREATE_TIMEOUT: Duration = Duration::from_secs(120);
const MOST_STEPS: u32 = 6_000;
const MOST_RUNS: u32 = 9;
/// Runs after which nothing goes wrong any more, so that a schedule comes to an end.
const FAULTY_RUNS: u32 = 6;
/// How likely a person stops a process at any step.
const STOPPED: f64 = 0.002;

/// How much goes wrong.
#[derive(Debug, Clone, Copy)]
pub struct Trouble {
    pub market: f64,
    pub crash: f64,
    pub disk: f64,
}

/// The schedule.
pub struct World {
    pub market: Market,
    pub disk: Rc<RefCell<Disk>>,
    pub processes: Vec<Process>,
    random: ChaCha8Rng,
    trouble: Trouble,
    time: Duration,
    jump: i64,
    boot: u32,
    launch: td::Launch,
    trace: bool,
    folder: Option<std::path::PathBuf>,
    /// Instances that ended without this tool's doing.
    pub taken: Vec<String>,
    pub violation: Option<Violation>,
}

enum Done {
    Event(Event, Duration),
    Crash,
    Finished(Box<Outcome>),
}

impl World {
    pub fn new(seed: u64, trace: bool) -> World {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut pick = |rates: &[f64]| rates[random.random_range(0..rates.len())];
        let trouble = Trouble {
            market: pick(&[0.0, 0.1, 0.3, 0.5]),
            crash: pick(&[0.0, 0.01, 0.05]),
            disk: pick(&[0.0, 0.0, 0.02, 0.1]),
        };
        let rates = scene::rates(trouble.market, &mut random);
        let market = scene::market(&mut random).with_faults(Faults::seeded(random.random(), rates));
        let count = if random.random_bool(0.25) { 2 } else { 1 };
        let ceiling = random
            .random_bool(0.4)
            .then(|| random.random_range(500..4_000) * 1_000_000);
        let mut processes: Vec<Process> = (0..count).map(|n| process(n, ceiling, &mut random)).collect();
        if random.random_bool(0.1) {
            let twin = twin(&processes[0], &mut random);
            processes.push(twin);
        }
        let key = td::SshKey::Text("ssh-ed25519 AAAA test".into());
        World {
            market,
            disk: Rc::default(),
            processes,
            random,
            trouble,
            time: Duration::ZERO,
            jump: 0,
            boot: 0,
            launch: td::Launch::new("ubuntu2404", Some(key), None).expect("image and key go together"),
            trace,
            folder: None,
            taken: Vec::new(),
            violation: None,
        }
    }

    /// The same with a real journal alongside the one in memory.
    pub fn with_real_journal(mut self, folder: &std::path::Path) -> World {
        self.disk.borrow_mut().real = Some(SqliteJournal::open(folder).expect("a new journal"));
        self.folder = Some(folder.to_owned());
        self
    }

    /// Runs the schedule to its end; gives what it broke, if anything.
    pub fn run(&mut self) -> Option<Violation> {
        let mut steps = 0;
        while let Some(at) = self.next_process() {
            steps += 1;
            if steps > MOST_STEPS {
                return Some("it never ends".to_owned());
            }
            self.step(at);
            if self.violation.is_some() {
                return self.violation.take();
            }
        }
        self.market.drain();
        check::at_the_end(self)
    }

    /// What was met on the way, in words.
    pub fn ends(&self) -> Vec<String> {
        let mut ends = Vec::new();
        for outcome in self.processes.iter().filter_map(|p| p.outcome.as_ref()) {
            ends.push(format!("status {:?}", outcome.status));
            ends.extend(outcome.attempts.iter().map(|a| format!("result {:?}", a.result)));
        }
        for (_, book) in &self.disk.borrow().books {
            ends.extend(book.removals.iter().map(|r| format!("removed {:?}", r.why)));
            let closed = book.attempts.iter().filter_map(|a| match a.state {
                AttemptState::Closed(ending) => Some(format!("closed {ending:?}")),
                _ => None,
            });
            ends.extend(closed);
        }
        ends
    }

    fn next_process(&self) -> Option<usize> {
        let waiting = self.processes.iter().enumerate().filter(|(_, p)| !p.over);
        waiting.min_by_key(|(_, p)| p.at).map(|(at, _)| at)
    }

    fn step(&mut self, at: usize) {
        self.time = self.time.max(self.processes[at].at);
        if self.random.random_bool(0.002) {
            self.jump += self.random.random_range(-100_000..100_000i64);
        }
        if self.trouble.market > 0.0 && self.random.random_bool(0.001) {
            self.someone_else_deletes();
        }
        let done = if self.processes[at].buyer.is_none() {
            self.start(at)
        } else {
            self.turn(at)
        };
        let now = self.time;
        match done {
            Done::Event(event, latency) => {
                let process = &mut self.processes[at];
                process.next = Some(event);
                process.at = now + latency;
            }
            Done::Crash => self.crash(at),
            Done::Finished(outcome) => self.finish(at, *outcome),
        }
    }

    /// An instance ends without this tool's doing: its host took it back, or its owner deleted it elsewhere.
    fn someone_else_deletes(&mut self) {
        let count = self.market.instances().len();
        if count > 0 {
            let id = self.market.instances()[self.random.random_range(0..count)].id.clone();
            self.market.handle(&Call::delete(&id), self.time);
            self.taken.push(id);
        }
    }

    /// A process begins: it claims its request, takes up what is unfinished, or plans and opens a new one.
    fn start(&mut self, at: usize) -> Done {
        let key = self.processes[at].key.clone();
        let held = self
            .processes
            .iter()
            .enumerate()
            .any(|(n, p)| n != at && p.key == key && p.buyer.is_some());
        if held {
            // Another live process is at the same request: this one says so and ends.
            self.processes[at].over = true;
            return Done::Event(Event::Begin, Duration::ZERO);
        }
        if self.processes[at].runs >= FAULTY_RUNS {
            self.market.set_faults(Faults::none());
        }
        let unfinished = self.disk.borrow().unfinished(&key);
        let mut store = self.store(Fate::Works);
        let (book, aims) = match unfinished {
            Some(request) => (store.resume(request), Vec::new()),
            None if self.processes[at].request.is_some() => {
                // The request was over before the process could say so.
                self.processes[at].over = true;
                return Done::Event(Event::Begin, Duration::ZERO);
            }
            None => match self.plan_first(at) {
                Some(aims) => {
                    let agreed = aims.iter().map(|aim| (aim.slot.clone(), aim.agreed)).collect();
                    (store.open(&self.opening(at, agreed)), aims)
                }
                None => return self.try_later(at),
            },
        };
        let book = book.expect("a journal that works");
        let seed = self.random.random();
        let process = &mut self.processes[at];
        process.request = Some(book.request);
        process.wanted = book.agreed.clone();
        process.began = self.time;
        process.runs += 1;
        let mut terms = process.terms.clone();
        terms.boot = Some(self.boot.to_string());
        process.buyer = Some(Buyer::new(terms, book, aims, seed));
        Done::Event(Event::Begin, Duration::ZERO)
    }

    fn try_later(&mut self, at: usize) -> Done {
        let process = &mut self.processes[at];
        process.runs += 1;
        process.over = process.runs > MOST_RUNS;
        Done::Event(Event::Begin, Duration::from_secs(30))
    }

    fn opening(&self, at: usize, agreed: Vec<(Slot, gpu_place_core::money::Money)>) -> Opening {
        let process = &self.processes[at];
        Opening {
            key: process.key.clone(),
            words: Words::of(&process.asked, b""),
            account: Account::new("http://127.0.0.1", "token"),
            agreed,
            at: self.wall(),
        }
    }

    fn plan_first(&mut self, at: usize) -> Option<Vec<Aim>> {
        let request = self.processes[at].asked.clone();
        let fleet = self.fleet().ok()?;
        let plan = place(&fleet, &request, &[], Effort::default()).expect("a sound plan");
        let aims = plan.plan().placements.iter().map(|placement| {
            let cap = request
                .vms()
                .iter()
                .find(|vm| vm.name == placement.vm)
                .and_then(|vm| vm.max_price_per_hr);
            Aim::new(
                Placed::of(&fleet, placement),
                cap.unwrap_or(placement.cost_per_hr.total),
            )
        });
        let aims: Vec<Aim> = aims.collect();
        (!aims.is_empty()).then_some(aims)
    }

    /// A process takes in what it was told, and what it then wants is done, unless it dies before or after.
    fn turn(&mut self, at: usize) -> Done {
        let now = Now {
            elapsed: self.time - self.processes[at].began,
            wall: self.wall(),
        };
        let stopped = self.random.random_bool(STOPPED);
        let process = &mut self.processes[at];
        let (Some(buyer), Some(event)) = (&mut process.buyer, process.next.take()) else {
            return Done::Crash;
        };
        if stopped && buyer.interrupt() && self.trace {
            eprintln!("{:>9.3} p{at} is stopped by a person", self.time.as_secs_f64());
        }
        if self.trace {
            eprintln!("{:>9.3} p{at} <- {event:?}", self.time.as_secs_f64());
        }
        let action = buyer.step(event, now);
        if self.trace {
            eprintln!("{:>9.3} p{at} -> {action:?}", self.time.as_secs_f64());
        }
        if self.crashes(at) {
            return Done::Crash;
        }
        let request = self.processes[at].request.expect("a request that is open");
        let done = self.perform(at, request, action);
        if self.violation.is_none() {
            self.violation = check::at_all_times(self);
        }
        if self.crashes(at) && !matches!(done, Done::Finished(_)) {
            Done::Crash
        } else {
            done
        }
    }

    fn crashes(&mut self, at: usize) -> bool {
        let rate = if self.processes[at].runs >= FAULTY_RUNS {
            0.0
        } else {
            self.trouble.crash
        };
        self.random.random_bool(rate)
    }

    fn perform(&mut self, at: usize, request: RequestId, action: Action) -> Done {
        let write = Duration::from_millis(2);
        let fate = self.fate(at);
        let mut store = self.store(fate);
        match action {
            Action::Intend { attempt, purse } => {
                Done::Event(Event::Reserved(store.intend(request, &attempt, &purse)), write)
            }
            Action::Granted { name, rate, purse } => {
                Done::Event(Event::Reserved(store.granted(request, &name, rate, &purse)), write)
            }
            Action::Sending(name) => Done::Event(Event::Recorded(store.sending(&name)), write),
            Action::Record(changes) => Done::Event(Event::Recorded(store.record(request, &changes)), write),
            Action::Create(order) => self.create(&order),
            Action::LookForInstances => {
                let (answer, latency) = self.call(&Call::get("/instances"), READ_TIMEOUT);
                let census = answer.and_then(|a| wire::census(td::verdict::list(&a.view())));
                Done::Event(Event::Instances(census), latency)
            }
            Action::LookAtInstance(id) => {
                let (answer, latency) = self.call(&Call::get(format!("/instances/{id}")), READ_TIMEOUT);
                let presence = answer.and_then(|a| wire::presence(td::verdict::get(&a.view())));
                Done::Event(Event::Instance(presence), latency)
            }
            Action::Delete(id) => {
                let (answer, latency) = self.call(&Call::delete(id.as_str()), READ_TIMEOUT);
                let deletion = answer.and_then(|a| wire::deletion(td::verdict::delete(&a.view())));
                Done::Event(Event::Deleted(deletion), latency)
            }
            Action::LookAtHost(id) => {
                let (answer, latency) = self.call(&Call::get(format!("/hostnodes/{id}")), READ_TIMEOUT);
                let look = answer.and_then(|a| match a.status {
                    404 => Ok(HostLook::Gone),
                    200 => wire::host(&a.body),
                    status => Err(Fault::passing(format!("HTTP {status}"))),
                });
                Done::Event(Event::Host(look), latency)
            }
            Action::Plan(again) => {
                let planned = self.fleet().map(|fleet| {
                    let plan = place(&fleet, &again.request, &again.standing, Effort::default());
                    let plan = plan.expect("a sound plan");
                    plan.plan().placements.iter().map(|p| Placed::of(&fleet, p)).collect()
                });
                Done::Event(Event::Planned(planned), Duration::from_millis(300))
            }
            Action::Knock { .. } => Done::Event(Event::Knocked(self.random.random_bool(0.7)), write),
            Action::Ask(_) => Done::Event(Event::Answered(self.random.random_bool(0.7)), Duration::from_secs(5)),
            Action::Wait(time) => Done::Event(Event::Waited, time),
            Action::Finish(outcome) => Done::Finished(outcome),
        }
    }

    fn create(&mut self, order: &Order) -> Done {
        let mut call = Call::new(Method::Post, "/instances");
        call.body = wire::create_request(order, &self.launch).to_json().into_bytes();
        let (answer, latency) = self.call(&call, CREATE_TIMEOUT);
        let answer = match answer {
            Ok(answer) => wire::answer(td::verdict::create(&answer.view())),
            Err(fault) => gpu_place_provision::market::Answer::Lost(fault.message),
        };
        Done::Event(Event::Answer(answer), latency)
    }

    fn fleet(&mut self) -> Result<Fleet, Fault> {
        let (answer, _) = self.call(&Call::get("/hostnodes"), READ_TIMEOUT);
        let answer = answer?;
        if answer.status != 200 {
            return Err(Fault::passing(format!("HTTP {}", answer.status)));
        }
        td::read(&answer.body)
            .map(|read| read.fleet)
            .map_err(|e| Fault::passing(e.to_string()))
    }

    /// One call: its answer if there is one in time, and how long the caller waits.
    fn call(&mut self, call: &Call, timeout: Duration) -> (Result<Answered, Fault>, Duration) {
        let reply = self.market.handle(call, self.time);
        let latency = match &reply {
            Reply::Late { after, .. } => timeout.min(*after),
            Reply::Drip { .. } => Duration::from_secs(10),
            _ => Duration::from_millis(self.random.random_range(20..2_000)),
        };
        if self.trace {
            eprintln!(
                "{:>9.3}    {:?} {} => {reply:?}",
                self.time.as_secs_f64(),
                call.method,
                call.path
            );
        }
        match reply.within(timeout) {
            Some(answer) if answer.body.len() < 90_000 => (Ok(Answered::of(answer)), latency),
            Some(_) => (Err(Fault::passing("the answer is too large")), latency),
            None => (Err(Fault::passing("no answer")), latency),
        }
    }

    fn store(&self, fate: Fate) -> Store {
        Store {
            disk: self.disk.clone(),
            fate,
        }
    }

    fn fate(&mut self, at: usize) -> Fate {
        let rate = if self.processes[at].runs >= FAULTY_RUNS {
            0.0
        } else {
            self.trouble.disk
        };
        match self.random.random::<f64>() {
            draw if draw < rate / 2.0 => Fate::Full,
            draw if draw < rate => Fate::Torn,
            _ => Fate::Works,
        }
    }

    /// A process dies, sometimes with the whole machine; it is started again some time later.
    fn crash(&mut self, at: usize) {
        let machine = self.random.random_bool(0.3) && self.folder.is_none();
        if self.trace {
            eprintln!("{:>9.3} p{at} dies (machine: {machine})", self.time.as_secs_f64());
        }
        if machine {
            self.boot += 1;
            self.disk.borrow_mut().power_loss();
        }
        if let Some(folder) = &self.folder {
            let mut disk = self.disk.borrow_mut();
            disk.real = None;
            disk.real = Some(SqliteJournal::open(folder).expect("a sound journal"));
        }
        for n in 0..self.processes.len() {
            if n == at || (machine && self.processes[n].buyer.is_some()) {
                self.restart(n);
            }
        }
    }

    fn restart(&mut self, at: usize) {
        let pause = self.random.random_range(0..400u64);
        let process = &mut self.processes[at];
        process.buyer = None;
        process.next = None;
        process.at = self.time + Duration::from_secs(pause * pause / 100);
    }

    fn finish(&mut self, at: usize, outcome: Outcome) {
        if self.trace {
            eprintln!("{:>9.3} p{at} ends: {}", self.time.as_secs_f64(), outcome.to_json());
        }
        self.violation = self.violation.take().or_else(|| check::outcome(self, at, &outcome));
        let again = outcome.status == Status::Unknown && self.processes[at].runs < MOST_RUNS;
        let over = self.processes[at].buyer.as_ref().is_some_and(Buyer::is_over);
        let died = self.crashes(at);
        if let (true, false, Some(request)) = (over, died, self.processes[at].request) {
            let fate = self.fate(at);
            // Where this fails, the next process finds everything there and says so again.
            let _ = self.store(fate).record(request, &[Change::Ended]);
        }
        self.processes[at].outcome = Some(outcome);
        self.processes[at].ended_at = self.time;
        if again || died {
            self.restart(at);
        } else {
            self.processes[at].buyer = None;
            self.processes[at].over = true;
        }
    }

    fn wall(&self) -> Stamp {
        Stamp::new(1_795_000_000 + self.jump + self.time.as_secs() as i64, 0).expect("a time that exists")
    }
}
