use gpu_place_core::solve::{self, problem::*};
use serde_json::Value;
fn int(v: &Value) -> i128 {
    v.to_string().parse::<i128>().unwrap()
}
fn ints<T: TryFrom<i128>>(v: &Value) -> Vec<T> {
    v.as_array()
        .unwrap()
        .iter()
        .map(|x| T::try_from(int(x)).ok().unwrap())
        .collect()
}
pub fn load(path: &str) -> Problem {
    let v: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let arr = |k: &str| v[k].as_array().unwrap().clone();
    Problem {
        demands: arr("demands")
            .iter()
            .map(|d| Demand {
                copies: int(&d["copies"]) as u32,
                weight: int(&d["weight"]) as u64,
            })
            .collect(),
        hosts: arr("hosts").iter().map(ints).collect(),
        options: arr("options")
            .iter()
            .map(|o| Opt {
                demand: int(&o["demand"]) as u32,
                host: int(&o["host"]) as u32,
                needs: o["needs"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|n| (int(&n[0]) as u16, int(&n[1]) as u64))
                    .collect(),
                cost: int(&o["cost"]),
                spend: int(&o["spend"]),
            })
            .collect(),
        spreads: arr("spreads")
            .iter()
            .map(|s| Spread {
                demands: ints(&s["demands"]),
                place_of: ints(&s["place_of"]),
                room: ints(&s["room"]),
            })
            .collect(),
        togethers: arr("togethers")
            .iter()
            .map(|s| Together {
                demands: ints(&s["demands"]),
                place_of: ints(&s["place_of"]),
            })
            .collect(),
        budget: if v["budget"].is_null() {
            None
        } else {
            Some(int(&v["budget"]))
        },
        partial: v["partial"].as_bool().unwrap(),
    }
}
fn main() {
    let mode = std::env::args().nth(1).unwrap();
    let mut best = std::collections::BTreeMap::new();
    for d in ["fleet-alibaba", "fleet-vast", "known-optimum", "synth-scarce"] {
        let v: Value =
            serde_json::from_slice(&std::fs::read(format!("/work/shared/data/{d}/optima.json")).unwrap()).unwrap();
        for e in v.as_array().unwrap() {
            best.insert(e["instance"].as_str().unwrap().to_string(), e.clone());
        }
    }
    for name in std::env::args().skip(2) {
        let p = load(&format!("/tmp/problems/{name}.json"));
        let e = &best[&name];
        let cost = (e["cost_per_hr"].as_f64().unwrap_or(0.0) * 1e9).round() as i128;
        let weight = e["unplaced_weight"].as_u64().unwrap_or(0);
        if mode == "root" {
            println!("== {name} weight {weight} cost {cost}");
            solve::probe(&p, weight, cost);
        } else {
            let t = std::time::Instant::now();
            let s = solve::solve(&p, &solve::Limits::default(), &solve::Silent);
            let ok = if e["status"] == "infeasible" {
                s.status == solve::Status::Infeasible
            } else {
                s.unplaced_weight == weight.into() && s.cost == cost
            };
            println!(
                "{name:20} {:?} w {} (known {weight}, >= {}) cost {} (known {}) gap {:.6}% work {} {:.3}s {} {}",
                s.status,
                s.unplaced_weight,
                s.weight_bound,
                s.cost as f64 / 1e9,
                cost as f64 / 1e9,
                (s.cost - s.cost_bound) as f64 / s.cost.max(1) as f64 * 100.0,
                s.work,
                t.elapsed().as_secs_f64(),
                s.method,
                if ok {
                    ""
                } else if e["proven"] == true {
                    "DIFFERS"
                } else {
                    "(unproven)"
                }
            );
        }
    }
}
