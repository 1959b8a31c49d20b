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

fn written(recipe: &Recipe) -> Market {
    Market::draw(recipe).expect("memory takes it")
}

#[test]
fn what_is_written_reads_back_whole() {
    for supply in [Supply::Scarce, Supply::Ample] {
        let Market { fleet, snapshot } = written(&recipe(supply));
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
