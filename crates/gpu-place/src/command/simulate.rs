//! `gpu-place simulate`: a marketplace on loopback, until it is stopped.

use gpu_place_fetch::store;
use gpu_place_sim::{Faults, Market, Options, RateLimit, Rates, ServeError, serve};

use crate::args::SimulateFlags;
use crate::failure::{Exit, Failure};
use crate::out::Out;
use crate::watch::Interrupt;

/// How often a call of a misbehaving marketplace meets a fault.
const FAULT_RATE: f64 = 0.2;

pub async fn run(flags: &SimulateFlags, out: Out, interrupt: Interrupt) -> Result<Exit, Failure> {
    if !flags.listen.ip().is_loopback() {
        return Err(
            Failure::bad_input(format!("{} is not a loopback address", flags.listen.ip()))
                .help("the simulator serves this machine only: listen on 127.0.0.1 or [::1]"),
        );
    }
    let running = serve(market(flags)?, flags.listen).map_err(|e: ServeError| Failure::could_not(e.to_string()))?;
    let url = running.url();
    if out.json {
        let document = serde_json::json!({ "schema": "gpu-place/simulate/1", "api_url": url });
        out.answer(&format!("{document}\n"))?;
    } else {
        out.answer(&format!("{url}\n"))?;
    }
    out.note("serving until Ctrl-C; use it with --api-url and the token in TENSORDOCK_API_TOKEN");
    interrupt.wait().await;
    running.stop();
    Ok(Exit::Done)
}

fn market(flags: &SimulateFlags) -> Result<Market, Failure> {
    let limit = RateLimit {
        per_minute: flags.rate_limit as usize,
        retry_after: true,
    };
    let options = Options {
        token: Some(flags.token.clone()),
        rate_limit: (flags.rate_limit > 0).then_some(limit),
        ..Options::default()
    };
    let market = match &flags.snapshot {
        None => Market::embedded(options),
        Some(file) => {
            let bytes = store::load(file).map_err(|e| Failure::could_not(e.to_string()))?;
            Market::from_snapshot(&bytes, options)
                .map_err(|e| Failure::could_not(format!("cannot serve {}: {e}", file.display())))?
        }
    };
    Ok(match flags.faults {
        Some(seed) => market.with_faults(Faults::seeded(seed, Rates::everywhere(FAULT_RATE))),
        None => market,
    })
}
