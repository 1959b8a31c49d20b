//! The fleet solver: from a [`Problem`](problem::Problem) to a placement with its proof.

pub mod problem;
