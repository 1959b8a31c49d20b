//! Shortages and shadow prices, checked by planning on the changed market.

use super::*;

/// With what a shortage says more on its host, more can be placed; with one less, not.
pub(super) fn shortages_hold(fleet: &Fleet, request: &Request, told: &Explanation) {
    let mut lenient = request.clone();
    (lenient.partial, lenient.budget_per_hr) = (true, None);
    let left_out = |fleet: &Fleet| planned(fleet, &lenient).objective.unwrap().unplaced_weight;
    for shortage in told.shortages.iter().filter(|s| s.host_id.is_some()) {
        let with = |amount| left_out(&with_more(fleet, shortage, amount));
        assert!(with(shortage.short) < left_out(fleet), "{shortage:?}");
        let lone = request.total_replicas() == 1;
        assert!(!lone || with(shortage.short - 1) == left_out(fleet), "{shortage:?}");
    }
    for shortage in told.shortages.iter().filter(|s| s.host_id.is_none()) {
        assert!(whole(&planned(fleet, request)).is_none(), "{shortage:?}");
    }
}

fn with_more(fleet: &Fleet, shortage: &Shortage, amount: u64) -> Fleet {
    let mut fleet = fleet.clone();
    let at = fleet.find(shortage.host_id.as_ref().unwrap()).unwrap();
    let models = fleet.models().to_vec();
    let host = &mut fleet.hosts[at.0 as usize];
    match shortage.resource {
        Resource::Vcpu => host.free.vcpu += amount,
        Resource::Ram => host.free.ram_gb += amount,
        Resource::Storage => host.free.storage_gb += amount,
        Resource::Ports => {
            let more = (1..=amount).filter_map(crate::ports::Port::new);
            host.ports = Some(host.ports.iter().flat_map(|p| p.iter()).chain(more).collect());
        }
        Resource::Gpu => {
            let mine = |offer: &&mut crate::fleet::Offer| {
                shortage.gpu.as_deref() == Some(models[offer.model.0 as usize].name())
            };
            let offer = host.offers.iter_mut().find(mine).unwrap();
            offer.stock.as_mut().unwrap().free += amount;
        }
    }
    fleet
}

/// What more of something saves is what the plan on the changed fleet costs less.
pub(super) fn shadow_prices_hold(fleet: &Fleet, request: &Request) {
    let plan = planned(fleet, request);
    for price in shadow_prices(fleet, request, &plan, 5, Effort::default()) {
        let shortage = Shortage {
            resource: price.resource,
            gpu: price.gpu.clone(),
            host_id: Some(price.host_id.clone()),
            short: price.more,
            vm: price.vm.clone(),
        };
        let better = planned(&with_more(fleet, &shortage, price.more), request)
            .objective
            .unwrap();
        let saved = plan.objective.as_ref().unwrap().cost_per_hr - better.cost_per_hr;
        assert_eq!(saved, price.saves_per_hr, "{price:?}");
        assert!(saved > Money::ZERO);
    }
}
