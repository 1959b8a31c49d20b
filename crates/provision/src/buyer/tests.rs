//! One decision at a time, against a small marketplace that behaves unless a test says otherwise.

mod answers;
mod asking;
mod grants;
mod limits;
mod resuming;

use std::time::Duration;

use gpu_place_core::fleet::{
    Fleet, FleetBuilder, HostId, HostReading, HostRecord, OfferRecord, Origin, Resources, SizeSteps,
};
use gpu_place_core::money::{Money, UnitPrice};
use gpu_place_core::place::{Effort, place};
use gpu_place_core::ports::Port;
use gpu_place_core::request::{Request, Vm, VmName};

use super::{Action, Aim, Buyer, Event, Now, Order, Placed, Terms};
use crate::id::{AttemptName, InstanceId, Slot};
use crate::journal::{Attempt, AttemptState, Book, Change, RequestId, Reservation, SetAside, Stamp};
use crate::market::{Answer, Census, HostLook, Life, Presence, Refusal, RefusalKind, Sighting};
use crate::outcome::Outcome;

/// Prices in tests: thousandths of a dollar per hour.
fn usd(thousandths: i128) -> Money {
    Money::from_nanos(thousandths * 1_000_000)
}

/// Hosts `h1`, `h2`, … with four free GPUs each, one GPU costing 1, 2, … dollars and the rest nothing.
fn fleet(hosts: u64) -> Fleet {
    fleet_of((1..=hosts).map(|n| record(n, n * 1_000_000_000)))
}

fn fleet_of(hosts: impl IntoIterator<Item = HostRecord<'static>>) -> Fleet {
    let mut builder = FleetBuilder::default();
    for host in hosts {
        builder.push(HostReading::Host(Box::new(host)));
    }
    builder.finish(SizeSteps::ANY, Origin::default())
}

fn record(n: u64, price: u64) -> HostRecord<'static> {
    HostRecord {
        id: format!("h{n}").into(),
        offers: vec![OfferRecord {
            model: "h100".into(),
            stock: Some((4, UnitPrice::from_nanos(price))),
        }],
        free: Resources {
            vcpu: 64,
            ram_gb: 512,
            storage_gb: 4_000,
        },
        ports: Some((20_000..20_004).filter_map(Port::new).collect()),
        ..HostRecord::default()
    }
}

fn request(replicas: u32) -> Request {
    let mut vm = Vm::new(VmName::new("vm").unwrap());
    vm.replicas = replicas.try_into().unwrap();
    Request::new(vec![vm]).unwrap()
}

fn slot(replica: u32) -> Slot {
    Slot {
        vm: VmName::new("vm").unwrap(),
        replica,
    }
}

/// A buyer, and the marketplace that it sees.
struct Rig {
    buyer: Buyer,
    fleet: Fleet,
    instances: Vec<Sighting>,
    time: Duration,
    /// What was done, in words.
    log: Vec<String>,
    /// Every order that was sent.
    orders: Vec<Order>,
    set_aside: Vec<SetAside>,
    created: u32,
}

impl Rig {
    /// A new request, planned on the fleet and agreed to at the plan's prices.
    fn new(terms: Terms, fleet: Fleet) -> Rig {
        let request = terms.request.clone().unwrap();
        let plan = place(&fleet, &request, &[], Effort::default()).unwrap();
        let placements = plan.plan().placements.iter();
        let aims: Vec<Aim> = placements
            .map(|p| Aim::new(Placed::of(&fleet, p), p.cost_per_hr.total))
            .collect();
        let agreed = aims.iter().map(|aim| (aim.slot.clone(), aim.agreed)).collect();
        Rig::with(Buyer::new(terms, book(1, agreed), aims, [7; 32]), fleet)
    }

    /// The same, agreed to at any price up to a cap.
    fn capped(terms: Terms, fleet: Fleet, cap: Money) -> Rig {
        let mut rig = Rig::new(terms, fleet);
        rig.buyer.book.agreed.iter_mut().for_each(|(_, agreed)| *agreed = cap);
        rig.buyer.aims.iter_mut().for_each(|aim| aim.agreed = cap);
        rig
    }

    fn with(buyer: Buyer, fleet: Fleet) -> Rig {
        Rig {
            buyer,
            fleet,
            instances: Vec::new(),
            time: Duration::ZERO,
            log: Vec::new(),
            orders: Vec::new(),
            set_aside: Vec::new(),
            created: 0,
        }
    }

    /// Runs to the end. `twist` may answer an action in its own way, seeing what there is.
    fn run(&mut self, mut twist: impl FnMut(&mut Rig, &Action) -> Option<Event>) -> Outcome {
        let mut event = Event::Begin;
        for _ in 0..2_000 {
            let now = Now {
                elapsed: self.time,
                wall: Stamp::new(1_800_000_000, 0).unwrap(),
            };
            let action = self.buyer.step(event, now);
            if let Action::Finish(outcome) = action {
                return *outcome;
            }
            self.note(&action);
            event = match twist(self, &action) {
                Some(event) => event,
                None => self.behave(&action),
            };
        }
        panic!("it never ends: {:#?}", self.log);
    }

    /// Runs to the end on a marketplace that behaves.
    fn run_well(&mut self) -> Outcome {
        self.run(|_, _| None)
    }

    fn note(&mut self, action: &Action) {
        let line = match action {
            Action::Intend { .. } => "intend".to_owned(),
            Action::Sending(_) => "sending".to_owned(),
            Action::Create(order) => format!("create {}", order.deal.host),
            Action::Granted { rate, .. } => format!("granted {rate}"),
            Action::LookForInstances => "list".to_owned(),
            Action::LookAtInstance(id) => format!("read {id}"),
            Action::LookAtHost(id) => format!("look {id}"),
            Action::Delete(id) => format!("delete {id}"),
            Action::Plan(_) => "plan".to_owned(),
            Action::Ask(_) => "ask".to_owned(),
            Action::Knock { port, .. } => format!("knock {port}"),
            Action::Record(changes) => {
                self.set_aside.extend(changes.iter().filter_map(|change| match change {
                    Change::SetAside(host) => Some(host.clone()),
                    _ => None,
                }));
                return;
            }
            Action::Wait(_) | Action::Finish(_) => return,
        };
        self.log.push(line);
    }

    fn behave(&mut self, action: &Action) -> Event {
        match action {
            Action::Intend { .. } | Action::Granted { .. } => Event::Reserved(Ok(Reservation::Held)),
            Action::Sending(_) | Action::Record(_) => Event::Recorded(Ok(())),
            Action::Create(order) => Event::Answer(Answer::Created(self.create(order, Life::Running))),
            Action::LookForInstances => Event::Instances(Ok(self.census())),
            Action::LookAtInstance(id) => Event::Instance(Ok(self.presence(id))),
            Action::LookAtHost(id) => Event::Host(Ok(self.host(id))),
            Action::Delete(id) => {
                self.instances.retain(|instance| instance.id != *id);
                Event::Deleted(Ok(()))
            }
            Action::Knock { .. } => Event::Knocked(true),
            Action::Plan(again) => {
                let plan = place(&self.fleet, &again.request, &again.standing, Effort::default()).unwrap();
                let placed = plan.plan().placements.iter().map(|p| Placed::of(&self.fleet, p));
                Event::Planned(Ok(placed.collect()))
            }
            Action::Ask(_) => Event::Answered(true),
            Action::Wait(time) => {
                self.time += *time;
                Event::Waited
            }
            Action::Finish(_) => Event::Waited,
        }
    }

    /// Makes an order real, at its price and with its ports.
    fn create(&mut self, order: &Order, life: Life) -> InstanceId {
        self.created += 1;
        let id = InstanceId::new(&format!("i{}", self.created));
        self.orders.push(order.clone());
        self.instances.push(Sighting {
            id: id.clone(),
            name: Some(order.name.to_string()),
            life,
            word: format!("{life:?}").to_lowercase(),
            ports: Some(order.deal.ports.clone()),
            rate: Some(order.deal.cost),
            address: Some("203.0.113.1".into()),
        });
        id
    }

    fn census(&self) -> Census {
        Census {
            instances: self.instances.clone(),
            complete: true,
        }
    }

    fn presence(&self, id: &InstanceId) -> Presence {
        let found = self.instances.iter().find(|instance| instance.id == *id);
        found.map_or(Presence::Missing, |instance| Presence::Here(instance.clone()))
    }

    /// Whatever its stock, a host looks as it did when it was planned on.
    fn host(&self, id: &HostId) -> HostLook {
        match self.fleet.find(id) {
            Some(_) => HostLook::Here(Box::new(self.fleet.clone())),
            None => HostLook::Gone,
        }
    }

    fn creates(&self) -> Vec<&str> {
        self.log
            .iter()
            .filter_map(|line| line.strip_prefix("create "))
            .collect()
    }

    fn count(&self, line: &str) -> usize {
        self.log.iter().filter(|logged| *logged == line).count()
    }
}

fn book(run: u32, mut agreed: Vec<(Slot, Money)>) -> Book {
    agreed.sort();
    Book {
        request: RequestId(1),
        run,
        agreed,
        attempts: Vec::new(),
        removals: Vec::new(),
        ended: false,
    }
}

fn refusal(kind: RefusalKind) -> Refusal {
    Refusal {
        kind,
        message: "\"their words\" (HTTP 400)".into(),
        retry_after: None,
    }
}

/// An attempt of an earlier run at host `h1`.
fn earlier(replica: u32, state: AttemptState, boot: Option<&str>) -> Attempt {
    let plan = place(&fleet(1), &request(1), &[], Effort::default()).unwrap();
    let placed = Placed::of(&fleet(1), &plan.plan().placements[0]);
    let cost = placed.cost();
    Attempt {
        name: AttemptName::known(&format!("vm-{replica}-gp-earlier")),
        slot: slot(replica),
        run: 1,
        deal: Aim::new(placed, cost).deal(cost, false),
        state,
        lost: false,
        rate: None,
        note: String::new(),
        at: Stamp::new(1_800_000_000, 0).unwrap(),
        boot: boot.map(str::to_owned),
    }
}

#[test]
fn the_plain_road() {
    let mut rig = Rig::new(Terms::new(request(1)), fleet(2));
    let outcome = rig.run_well();
    assert_eq!(
        rig.log,
        [
            "look h1",
            "intend",
            "sending",
            "create h1",
            "read i1",
            "granted 1",
            "list"
        ]
    );
    assert_eq!(
        (outcome.exit_code(), outcome.instances.len(), outcome.warnings.len()),
        (0, 1, 0)
    );
    assert!(rig.buyer.is_over());
}
