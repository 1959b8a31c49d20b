//! `--dry-run`: the exact create requests, none of them sent. Its JSON is `gpu-place/dry-run/1`.

use gpu_place_core::json;
use gpu_place_core::plan::Plan;
use gpu_place_core::request::Request;
use gpu_place_provision::tensordock::requests;
use gpu_place_tensordock::Launch;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::failure::Failure;
use crate::out::Out;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    plan: &'a Plan,
    requests: Vec<Box<RawValue>>,
}

pub fn print(request: &Request, plan: &Plan, launch: &Launch, out: Out) -> Result<(), Failure> {
    let failed = |e: String| Failure::could_not(e);
    let bodies = requests(request, plan, launch).map_err(|e| failed(e.to_string()))?;
    let bodies: Vec<String> = bodies.iter().map(|body| body.to_json()).collect();
    if !out.json {
        let lines: String = bodies.iter().map(|body| format!("POST /instances\n{body}\n")).collect();
        return out.answer(&if lines.is_empty() {
            "Nothing would be created\n".to_owned()
        } else {
            lines
        });
    }
    let requests: Result<Vec<Box<RawValue>>, _> = bodies.into_iter().map(RawValue::from_string).collect();
    let requests = requests.map_err(|e| failed(e.to_string()))?;
    let document = Document {
        schema: "gpu-place/dry-run/1",
        plan,
        requests,
    };
    out.answer(&json::document(&document))
}
