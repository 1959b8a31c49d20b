use gpu_place_core::fleet_file;

use super::*;

fn recipe(supply: Supply) -> Recipe {
    Recipe {
        hosts: 60,
        vms: 70,
        requests: 25,
        supply,
        seed: 4,
    }
}

fn written(recipe: &Recipe) -> (String, Vec<u8>) {
    let mut dice = ChaCha8Rng::seed_from_u64(recipe.seed);
    let fleet = requests::draw(recipe, &mut dice);
    let free = recipe.supply.free_gpus(fleet.gpus());
    let mut snapshot = Vec::new();
    hosts::write(&mut snapshot, &hosts::draw(recipe.hosts, free, &mut dice), recipe.seed).expect("memory takes it");
    (serde_json::to_string(&fleet).expect("a fleet is plain data"), snapshot)
}

#[test]
fn what_is_written_reads_back_whole() {
    for supply in [Supply::Scarce, Supply::Ample] {
        let (fleet, snapshot) = written(&recipe(supply));
        let request = fleet_file::read(&fleet, "fleet.json").expect("the fleet file is valid");
        assert_eq!((request.total_replicas(), request.vms().len()), (70, 25));
        let market = gpu_place_tensordock::read(&snapshot)
            .expect("the snapshot is valid")
            .fleet;
        assert_eq!((market.hosts().len(), market.malformed().len()), (60, 0));
    }
}

#[test]
fn a_seed_repeats_its_market_and_another_does_not() {
    let scarce = recipe(Supply::Scarce);
    assert_eq!(written(&scarce), written(&scarce));
    assert_ne!(written(&scarce), written(&Recipe { seed: 5, ..scarce }));
}
