//! A bound on filling a host that looks at all its dimensions at once.
//!
//! Each tight dimension charges a rent for a unit of room. Whatever the rents, what pieces earn is at most the rent of all the room
//! that is left, plus what each piece earns beyond its own rent. Rents near the best ones make this the bound of the linear relaxation.

use super::knapsack::Piece;

/// Rents by tight dimension, in units of worth for a unit of room.
pub(crate) struct Rent {
    rents: Vec<i64>,
    /// What the pieces from each point on earn beyond their rent.
    beyond: Vec<i64>,
}

/// How often every rent is set anew.
const SWEEPS: usize = 3;

impl Rent {
    /// Finds good rents for pieces with the given needs (by piece and dimension) and room.
    pub(crate) fn new(pieces: &[Piece<'_>], needs: &[u64], room: &[u64]) -> Self {
        let mut rents = vec![0i64; room.len()];
        let sweeps = if room.len() > 1 { SWEEPS } else { 1 };
        for _ in 0..sweeps {
            for dim in 0..room.len() {
                rents[dim] = best_rent(pieces, needs, room, &rents, dim);
            }
        }
        let mut beyond = vec![0i64; pieces.len() + 1];
        for (p, piece) in pieces.iter().enumerate().rev() {
            let net = net(piece, &needs[p * room.len()..], &rents).max(0);
            beyond[p] = clamp(i128::from(beyond[p + 1]) + net * i128::from(piece.max));
        }
        Rent { rents, beyond }
    }

    /// The most that the pieces from `from` on can add in the room that is left.
    pub(crate) fn bound(&self, from: usize, room: &[u64]) -> i64 {
        let rent: i128 = self
            .rents
            .iter()
            .zip(room)
            .map(|(&r, &n)| i128::from(r) * i128::from(n))
            .sum();
        clamp(rent + i128::from(self.beyond[from]))
    }
}

/// What one copy of a piece earns beyond its rent.
fn net(piece: &Piece<'_>, needs: &[u64], rents: &[i64]) -> i128 {
    let rent: i128 = rents
        .iter()
        .zip(needs)
        .map(|(&r, &n)| i128::from(r) * i128::from(n))
        .sum();
    i128::from(piece.value) - rent
}

fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The rent of one dimension at which the pieces that can pay it just fill its room, the other rents being given.
fn best_rent(pieces: &[Piece<'_>], needs: &[u64], room: &[u64], rents: &[i64], dim: usize) -> i64 {
    let dims = room.len();
    let mut others = rents.to_vec();
    others[dim] = 0;
    let mut payers: Vec<(i64, u128)> = Vec::with_capacity(pieces.len());
    for (p, piece) in pieces.iter().enumerate() {
        let mine = &needs[p * dims..(p + 1) * dims];
        let left = net(piece, mine, &others);
        if mine[dim] > 0 && left > 0 {
            let affordable = clamp(left / i128::from(mine[dim]));
            payers.push((affordable, u128::from(mine[dim]) * u128::from(piece.max)));
        }
    }
    payers.sort_unstable_by(|a, b| b.cmp(a));
    let mut filled = 0;
    for (affordable, amount) in payers {
        filled += amount;
        if filled > u128::from(room[dim]) {
            return affordable;
        }
    }
    0
}
