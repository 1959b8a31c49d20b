//! A scheduler's first steps: load a snapshot, ask for a placement, read the plan.
//!
//! `cargo run -p gpu-place-core --example place_one -- SNAPSHOT.json.zst`

use gpu_place_core::gpu::GpuPattern;
use gpu_place_core::place::{Effort, place};
use gpu_place_core::request::{CountRange, Request, Vm, VmName};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "fixtures/fleet-vast/vast-409.snapshot.json.zst".into());
    let fleet = gpu_place_tensordock::read(&zstd::decode_all(std::fs::File::open(file)?)?)?.fleet;

    let mut vm = Vm::new(VmName::new("train").ok_or("a bad name")?);
    vm.gpu = GpuPattern::new("rtx4090").into_iter().collect();
    vm.count = CountRange::new(2, 4).ok_or("an empty range")?;
    let request = Request::new(vec![vm])?;

    let plan = place(&fleet, &request, &[], Effort::default())?.into_plan();
    for placement in &plan.placements {
        let (host, price) = (&placement.host_id, placement.cost_per_hr.total);
        println!("{} × {} on {host} at ${price}/h", placement.gpu_count, placement.gpu);
    }
    for reason in plan.rejections.iter().flat_map(|r| &r.reasons) {
        println!(
            "{:>14}: {} hosts, {} for this alone",
            reason.code, reason.hosts, reason.only
        );
    }
    Ok(())
}
