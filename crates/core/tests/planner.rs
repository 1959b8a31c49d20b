//! The planner that stays answers what the cold road answers, whatever happened to the market before.

#[path = "planner/market.rs"]
mod market;
#[path = "planner/wishes.rs"]
mod wishes;

use gpu_place_core::fleet::HostId;
use gpu_place_core::money::UnitPrice;
use gpu_place_core::place::{Effort, place, propose};
use gpu_place_core::planner::{Change, Planner, Refused, Reservation};
use gpu_place_core::request::{Request, Vm};
use proptest::prelude::*;

use market::{HOSTS, Listing, MODELS, Market, Taken, listing};
use wishes::{fleet_request, single};

/// Something that happens to a market.
#[derive(Debug, Clone)]
enum Event {
    Listed(usize, Listing),
    Gone(usize),
    Stock(usize, usize, u64),
    Price(usize, usize, u64),
    Reserve(Request),
    Release(usize),
    Ask(Request),
    WhatIf(Vec<Event>),
}

fn event() -> impl Strategy<Value = Event> {
    let host = 0..HOSTS;
    let model = 0..MODELS.len();
    let simple = prop_oneof![
        3 => (host.clone(), listing()).prop_map(|(host, listing)| Event::Listed(host, listing)),
        1 => host.clone().prop_map(Event::Gone),
        2 => (host.clone(), model.clone(), 0..6u64).prop_map(|(host, model, free)| Event::Stock(host, model, free)),
        2 => (host, model, 0..4u64).prop_map(|(host, model, price)| Event::Price(host, model, price)),
        3 => single().prop_map(Event::Reserve),
        2 => (0..4usize).prop_map(Event::Release),
        6 => single().prop_map(Event::Ask),
    ];
    simple.prop_recursive(2, 12, 5, |inner| {
        prop::collection::vec(inner, 1..5).prop_map(Event::WhatIf)
    })
}

/// A planner and a market that is counted out by hand beside it.
struct Pair {
    planner: Planner,
    market: Market,
    reserved: Vec<(Reservation, Taken)>,
}

impl Pair {
    fn happen(&mut self, event: &Event) -> Result<(), TestCaseError> {
        match event {
            Event::Listed(host, listing) => {
                self.market.listed.insert(*host, listing.clone());
                let change = Change::Listed(Box::new(listing.record(*host)));
                prop_assert!(self.planner.apply(change).is_ok());
            }
            Event::Gone(host) => {
                self.market.listed.remove(host);
                prop_assert!(self.planner.apply(Change::Gone(id(*host))).is_ok());
            }
            Event::Stock(host, model, free) => {
                let gpu = MODELS[*model];
                let there = self.market.offer(*host, gpu, |stock| stock.0 = *free);
                let host = id(*host);
                prop_assert_eq!(
                    self.planner.apply(Change::Stock { host, gpu, free: *free }).is_ok(),
                    there
                );
            }
            Event::Price(host, model, price) => {
                let (gpu, price) = (MODELS[*model], UnitPrice::from_nanos(*price * 100_000_000));
                let there = self.market.offer(*host, gpu, |stock| stock.1 = price);
                let host = id(*host);
                prop_assert_eq!(self.planner.apply(Change::Price { host, gpu, price }).is_ok(), there);
            }
            Event::Reserve(request) => self.reserve(request)?,
            Event::Release(which) => {
                if let Some(at) = which.checked_rem(self.reserved.len()) {
                    let (reservation, _) = self.reserved.remove(at);
                    prop_assert!(self.planner.release(&reservation));
                    prop_assert!(!self.planner.release(&reservation));
                }
            }
            Event::Ask(request) => self.ask(request)?,
            Event::WhatIf(events) => self.what_if(events)?,
        }
        self.market.taken = self.reserved.iter().map(|(_, taken)| taken.clone()).collect();
        Ok(())
    }

    fn ask(&self, request: &Request) -> Result<(), TestCaseError> {
        let cold = propose(&self.market.fleet(), request, &[], Effort::default());
        let warm = self.planner.answer(request).unwrap();
        let costs = warm.as_ref().map(|answer| answer.effective_cost_per_hr);
        let cold_cost = cold.objective.as_ref().map(|o| o.effective_cost_per_hr);
        let placed: Vec<_> = warm.into_iter().map(|answer| answer.placement).collect();
        prop_assert_eq!(&placed, &cold.placements);
        if !placed.is_empty() {
            prop_assert_eq!(costs, cold_cost);
        }
        Ok(())
    }

    fn reserve(&mut self, request: &Request) -> Result<(), TestCaseError> {
        let vm = &request.vms()[0];
        let Some(answer) = self.planner.answer(request).unwrap() else {
            return Ok(());
        };
        match self.planner.reserve(vm, &answer.placement) {
            Ok(reservation) => self.reserved.push((reservation, Taken::of(vm, &answer.placement))),
            Err(refused) => prop_assert!(false, "{refused}"),
        }
        Ok(())
    }

    fn what_if(&mut self, events: &[Event]) -> Result<(), TestCaseError> {
        let nothing = Market::default();
        let mut inside = Pair {
            planner: Planner::new(nothing.fleet()),
            market: self.market.clone(),
            reserved: self.reserved.clone(),
        };
        self.planner.what_if(|planner| {
            std::mem::swap(planner, &mut inside.planner);
            let result = events.iter().try_for_each(|event| inside.happen(event));
            std::mem::swap(planner, &mut inside.planner);
            result
        })
    }
}

fn id(host: usize) -> HostId {
    HostId::new(&market::id(host))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn it_answers_what_the_cold_road_answers(
        first in prop::collection::btree_map(0..HOSTS, listing(), 0..HOSTS),
        events in prop::collection::vec(event(), 1..25),
        last in prop::collection::vec(single(), 3),
    ) {
        let market = Market { listed: first, taken: Vec::new() };
        let mut pair = Pair { planner: Planner::new(market.fleet()), market, reserved: Vec::new() };
        for event in &events {
            pair.happen(event)?;
        }
        for request in &last {
            pair.ask(request)?;
        }
        let stands: Vec<_> = pair.planner.fleet().hosts().iter().map(|h| (h.id.clone(), h.free, h.ports.clone())).collect();
        let market = pair.market.fleet();
        let meant: Vec<_> = market.hosts().iter().map(|h| (h.id.clone(), h.free, h.ports.clone())).collect();
        prop_assert_eq!(stands, meant);
        for request in &last {
            pair.ask(request)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Planning again, from whatever the last plan left, proves the same as planning for the first time.
    #[test]
    fn a_fleet_planned_again_is_as_good_as_new(
        first in prop::collection::btree_map(0..HOSTS, listing(), 1..HOSTS),
        requests in prop::collection::vec(fleet_request(), 1..3),
        events in prop::collection::vec((event(), any::<bool>()), 1..8),
    ) {
        let market = Market { listed: first, taken: Vec::new() };
        let mut pair = Pair { planner: Planner::new(market.fleet()), market, reserved: Vec::new() };
        for (at, (event, turn)) in events.iter().enumerate() {
            let request = &requests[usize::from(*turn) % requests.len()];
            let again = pair.planner.plan(request, &[], Effort::default()).unwrap();
            let cold = place(&pair.market.fleet(), request, &[], Effort::default()).unwrap();
            let (warm, cold) = (again.plan.plan(), cold.plan());
            prop_assert_eq!(warm.status, cold.status, "step {}", at);
            prop_assert_eq!(&warm.objective, &cold.objective);
            prop_assert_eq!(&warm.rejections, &cold.rejections);
            pair.happen(event)?;
        }
    }
}

/// What a plan reserves, nobody else is given; what is gone can't be reserved.
#[test]
fn a_reservation_holds_until_it_is_released() {
    let listing = Listing::plain(2, 500_000_000);
    let market = Market {
        listed: [(0, listing)].into(),
        taken: Vec::new(),
    };
    let mut planner = Planner::new(market.fleet());
    let vm: Vm = wishes::plain(2);
    let request = Request::new(vec![vm.clone()]).unwrap();
    let answer = planner.answer(&request).unwrap().unwrap();
    let reservation = planner.reserve(&vm, &answer.placement).unwrap();
    assert_eq!(planner.answer(&request).unwrap(), None);
    assert_eq!(planner.reserve(&vm, &answer.placement), Err(Refused::NoRoom(id(0))));

    assert!(planner.release(&reservation));
    assert_eq!(planner.answer(&request).unwrap().as_ref(), Some(&answer));

    planner.apply(Change::Gone(id(0))).unwrap();
    assert_eq!(planner.reserve(&vm, &answer.placement), Err(Refused::NoSuchHost(id(0))));
}

/// While nothing becomes roomier or cheaper and the last plan stands, it is given again without a solve.
#[test]
fn a_plan_that_stands_is_not_solved_again() {
    let cheap = Listing::plain(4, 100_000_000);
    let dear = Listing::plain(4, 300_000_000);
    let market = Market {
        listed: [(0, cheap.clone()), (1, dear)].into(),
        taken: Vec::new(),
    };
    let mut planner = Planner::new(market.fleet());
    let request = wishes::replicas(3);
    let settled = |planner: &mut Planner| {
        let again = planner.plan(&request, &[], Effort::default()).unwrap();
        (again.settled, again.kept)
    };
    let stock = |host: usize, free| Change::Stock {
        host: id(host),
        gpu: MODELS[0],
        free,
    };
    assert_eq!(settled(&mut planner), (false, 0));
    assert_eq!(settled(&mut planner), (true, 3));
    planner.apply(stock(1, 0)).unwrap();
    assert_eq!(settled(&mut planner), (true, 3), "the other host is not in the plan");
    planner.apply(stock(0, 2)).unwrap();
    planner.apply(stock(1, 4)).unwrap();
    assert_eq!(settled(&mut planner), (false, 2), "one has to move");
    let asked = planner.what_if(|planner| {
        planner.apply(Change::Listed(Box::new(cheap.record(2)))).unwrap();
        settled(planner)
    });
    assert_eq!(asked, (false, 3), "there is something new to look at");
    assert_eq!(settled(&mut planner), (true, 3), "and then there is not");
}
