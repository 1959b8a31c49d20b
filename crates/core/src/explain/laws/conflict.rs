//! Conflicts, against requests that are built up from nothing.

use super::*;
use crate::request::Vm;

/// With all other keys gone the conflict has no plan; with any of its own gone too, there is one.
pub(super) fn is_irreducible(fleet: &Fleet, request: &Request, told: &Explanation) {
    let Some(members) = &told.conflict else {
        return assert_ne!(told.status, Status::Infeasible);
    };
    assert_eq!(told.status, Status::Infeasible);
    let keys: Vec<Key> = members
        .iter()
        .map(|m| key_of(request, m.vm.as_ref(), m.field))
        .collect();
    let status = |kept: &[Key]| planned(fleet, &bare_but(request, kept)).status;
    assert_eq!(status(&keys), Status::Infeasible, "{members:?}");
    for at in 0..keys.len() {
        let mut fewer = keys.clone();
        fewer.remove(at);
        assert!(status(&fewer).has_plan(), "{members:?} without {at}");
    }
}

/// The request with nothing stated but these keys. Sizes that are gone stand at the provider's least, which is less than any default.
fn bare_but(request: &Request, kept: &[Key]) -> Request {
    let vms = request.vms().iter().map(|vm| {
        let mut bare = Vm::new(vm.name.clone());
        (bare.replicas, bare.weight) = (vm.replicas, vm.weight);
        (bare.vcpu, bare.ram_gb, bare.storage_gb) = (Some(2), Some(1), Some(100));
        bare.ports = Some(Vec::new());
        bare
    });
    let mut bare = Request::new(vms.collect()).unwrap();
    (bare.sizes, bare.downtime_cost_per_hr) = (request.sizes, request.downtime_cost_per_hr);
    for key in kept {
        bare = match (key.vm, key.field) {
            // Of these, what is kept may be that nothing is stated.
            (Some(at), field @ (Field::Vcpu | Field::RamGb | Field::StorageGb | Field::Ports)) => {
                let asked = request.vms()[at].clone();
                bare.with_vm(at, |vm| match field {
                    Field::Vcpu => vm.vcpu = asked.vcpu,
                    Field::RamGb => vm.ram_gb = asked.ram_gb,
                    Field::StorageGb => vm.storage_gb = asked.storage_gb,
                    _ => vm.ports = asked.ports,
                })
            }
            _ => Value::of(request, *key).put(&bare, *key),
        };
    }
    bare
}
