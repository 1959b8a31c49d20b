//! Waiting for stock: the market is looked at again and again until the request has a placement.

use std::time::Duration;

use gpu_place_core::place::Effort;
use gpu_place_core::request::Request;
use gpu_place_core::verify::VerifiedPlan;
use gpu_place_provision::market::Fault;
use gpu_place_provision::run::Waiting;

use crate::failure::{Exit, Failure};
use crate::market::{Market, View};
use crate::out::Out;

/// The first plan that places something, or the last that did not.
pub async fn planned(
    market: &Market,
    request: &Request,
    effort: Effort<'_>,
    wait: Duration,
    poll: Duration,
    out: Out,
) -> Result<(View, VerifiedPlan), Failure> {
    let mut last = None;
    let look = async || match market.plan(request, effort, out).await {
        Ok(planned) if !planned.1.plan().placements.is_empty() => Ok(Some(planned)),
        Ok(planned) => {
            last = Some(planned);
            Ok(None)
        }
        Err(failure) => Err(Fault::passing(failure.message)),
    };
    let found = Waiting { wait, poll }.until(look, |news| out.note(news)).await;
    match found {
        Ok(Some(planned)) => Ok(planned),
        Ok(None) => last.ok_or_else(|| Failure {
            exit: Exit::NoPlacement,
            message: "no placement while it was waited for".into(),
            help: None,
        }),
        Err(fault) => Err(Failure::could_not(fault.message)),
    }
}
