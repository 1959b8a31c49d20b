//! Laws of verification: what the planner makes passes, what is damaged in any one field does not.

#[path = "verify/market.rs"]
mod market;

use gpu_place_core::fleet::Fleet;
use gpu_place_core::place::{Effort, Standing, needs_detail, propose};
use gpu_place_core::plan::{Plan, Status};
use gpu_place_core::request::Request;
use gpu_place_core::verify::{read_plan, verify};
use proptest::prelude::*;
use serde_json::Value;

/// The plan, unless it needs ports to be looked up first.
fn planned(fleet: &Fleet, request: &Request, standing: &[Standing]) -> Option<Plan> {
    let plan = propose(fleet, request, standing, Effort::default());
    needs_detail(fleet, request, &plan).is_empty().then_some(plan)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_verifies(fleet in market::fleets(), request in market::requests()) {
        let Some(plan) = planned(&fleet, &request, &[]) else { return Ok(()) };
        let findings = verify(&fleet, &request, &[], &plan).map(|_| ());
        prop_assert_eq!(findings, Ok(()), "{}", plan.to_json());
    }

    #[test]
    fn every_plan_reads_back_the_same(fleet in market::fleets(), request in market::requests()) {
        let plan = propose(&fleet, &request, &[], Effort::default());
        prop_assert_eq!(read_plan(&plan.to_json()).unwrap(), plan);
    }

    /// What was planned first stands; then the fleet without it is planned on for the rest.
    #[test]
    fn every_plan_beside_standing_vms_verifies(
        fleet in market::fleets(), other in market::fleets(), request in market::requests(), keep in 0usize..4,
    ) {
        let Some(first) = planned(&fleet, &request, &[]) else { return Ok(()) };
        let standing: Vec<Standing> = first.placements.iter().take(keep).map(|p| Standing::of(&fleet, p)).collect();
        let Some(plan) = planned(&other, &request, &standing) else { return Ok(()) };
        let findings = verify(&other, &request, &standing, &plan).map(|_| ());
        prop_assert_eq!(findings, Ok(()), "{}", plan.to_json());
    }

    #[test]
    fn a_plan_damaged_in_any_one_field_is_refused(
        fleet in market::fleets(), request in market::requests(), at in any::<prop::sample::Index>(), how in 0usize..4,
    ) {
        let Some(plan) = planned(&fleet, &request, &[]) else { return Ok(()) };
        let mut document: Value = serde_json::from_str(&plan.to_json()).unwrap();
        let mut fields = Vec::new();
        list_fields(&document, String::new(), &mut fields);
        // How a plan was found is a remark that nothing can be held against.
        fields.retain(|field| !field.starts_with("/solver"));
        let field = at.get(&fields);
        damage(&mut document, field, how);
        let Ok(damaged) = read_plan(&document.to_string()) else { return Ok(()) };
        // Within its range, another count of GPUs that cost nothing is another good plan.
        prop_assume!(!field.ends_with("/gpu_count") || gpus_cost(&document, field));
        // That no plan was found is always true to say of what has none.
        prop_assume!(damaged != plan && (plan.status, damaged.status) != (Status::Infeasible, Status::Unknown));
        prop_assert!(verify(&fleet, &request, &[], &damaged).is_err(), "{}: {}", field, damaged.to_json());
    }
}

/// The paths of everything in the document.
fn list_fields(value: &Value, path: String, fields: &mut Vec<String>) {
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, inner)| list_fields(inner, format!("{path}/{key}"), fields)),
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(i, inner)| list_fields(inner, format!("{path}/{i}"), fields));
        }
        _ => {}
    }
    if !value.is_object() {
        fields.push(path);
    }
}

/// Whether the GPUs of the placement with this field have a price.
fn gpus_cost(document: &Value, field: &str) -> bool {
    let price = field.replace("/gpu_count", "/cost_per_hr/gpus");
    document.pointer(&price).and_then(Value::as_f64) != Some(0.0)
}

/// Changes one field in one of four ways.
fn damage(document: &mut Value, path: &str, how: usize) {
    let Some(value) = document.pointer_mut(path) else {
        return;
    };
    match value {
        Value::Null => *value = Value::from("damaged"),
        Value::String(text) if path == "/status" => {
            *text = ["optimal", "feasible", "infeasible", "unknown"][how].to_owned();
        }
        Value::String(text) if how == 0 => *value = Value::from(format!("{text}x")),
        Value::String(text) => *value = Value::from(text.chars().skip(1).collect::<String>()),
        Value::Array(list) if list.is_empty() => {}
        Value::Array(list) => match how {
            0 => drop(list.pop()),
            1 => list.push(list[0].clone()),
            2 => list.rotate_left(1),
            _ => drop(list.remove(0)),
        },
        Value::Number(number) => {
            let changed = match how {
                0 => serde_json::Number::from(number.as_u64().unwrap_or_default() + 1),
                1 => serde_json::Number::from(number.as_u64().unwrap_or_default().saturating_sub(1)),
                2 => serde_json::Number::from(number.as_u64().unwrap_or(7) * 2),
                _ => serde_json::Number::from(0),
            };
            *number = changed;
        }
        Value::Bool(_) | Value::Object(_) => {}
    }
}
