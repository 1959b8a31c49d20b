//! The fleet solver: from a [`Problem`](problem::Problem) to a placement with its proof.

pub mod assignment;
pub mod problem;
#[cfg(test)]
mod testing;
