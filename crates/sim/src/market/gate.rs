//! What every call passes first: the rate limit, then the token.

use std::time::Duration;

use serde_json::json;

use super::Market;
use crate::{
    call::{Call, Op},
    reply::Answer,
};

const MINUTE: Duration = Duration::from_secs(60);

impl Market {
    /// The refusal of a call that may not enter.
    pub(super) fn gate(&mut self, call: &Call, op: Op) -> Option<Answer> {
        self.over_limit().or_else(|| self.unauthorized(call, op))
    }

    fn over_limit(&mut self) -> Option<Answer> {
        let limit = self.options.rate_limit?;
        while self
            .recent
            .front()
            .is_some_and(|at| at.saturating_add(MINUTE) <= self.now)
        {
            self.recent.pop_front();
        }
        if self.recent.len() < limit.per_minute {
            self.recent.push_back(self.now);
            return None;
        }
        let answer = Answer::json(429, &json!({ "error": "Too many requests" }));
        if !limit.retry_after {
            return Some(answer);
        }
        let free_at = self.recent.front().map_or(MINUTE, |at| at.saturating_add(MINUTE));
        let wait = free_at.saturating_sub(self.now).as_secs_f64().ceil();
        Some(answer.with_header("retry-after", wait.to_string()))
    }

    /// The list of locations is open to all.
    fn unauthorized(&self, call: &Call, op: Op) -> Option<Answer> {
        let token = self.options.token.as_ref()?;
        if op == Op::Locations || call.token.as_ref() == Some(token) {
            return None;
        }
        Some(Answer::json(
            self.options.refusal_status,
            &json!({ "error": "Unauthorized" }),
        ))
    }
}
