//! A bound on filling a host that looks at all its dimensions at once.
//!
//! Each tight dimension charges a rent for a unit of room. Whatever the rents, what pieces earn is at most the rent of all the room
//! that is left, plus what each piece earns beyond its own rent. Rents near the best ones make this the bound of the linear relaxation.

use super::knapsack::Piece;

/// What the given rents come to.
pub(crate) struct Rent {
    /// The rent of all the room there is.
    pub(crate) of_all: i64,
    /// The rent of what a copy of each piece takes.
    pub(crate) of_piece: Vec<i64>,
    /// What the pieces from each point on earn beyond their rent.
    pub(crate) beyond: Vec<i64>,
}

impl Rent {
    /// `nets` by piece, `rents` and `room` by tight dimension.
    pub(crate) fn new(rents: &[i64], pieces: &[Piece<'_>], nets: &[i128], room: &[u64]) -> Self {
        let mut beyond = vec![0i64; pieces.len() + 1];
        for (p, (piece, net)) in pieces.iter().zip(nets).enumerate().rev() {
            beyond[p] = clamp(i128::from(beyond[p + 1]) + net.max(&0) * i128::from(piece.max));
        }
        let of_piece = pieces.iter().zip(nets);
        Rent {
            of_all: clamp(rent(rents, room)),
            of_piece: of_piece
                .map(|(piece, net)| clamp(i128::from(piece.value) - net))
                .collect(),
            beyond,
        }
    }
}

/// The most that pieces are worth in all the room there is, from what each earns beyond its rent and how often it is there.
pub(crate) fn top(rents: &[i64], room: &[u64], nets: impl Iterator<Item = (i128, u32)>) -> i64 {
    let beyond: i128 = nets.map(|(net, max)| net.max(0).saturating_mul(i128::from(max))).sum();
    clamp(rent(rents, room).saturating_add(beyond))
}

/// What one copy of a piece earns beyond its rent.
pub(crate) fn net(piece: &Piece<'_>, needs: &[u64], rents: &[i64]) -> i128 {
    i128::from(piece.value) - rent(rents, needs)
}

fn rent(rents: &[i64], amounts: &[u64]) -> i128 {
    let dimensions = rents.iter().zip(amounts);
    dimensions.map(|(&r, &n)| i128::from(r) * i128::from(n)).sum()
}

fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The best rents for pieces with the given needs (by piece and dimension) and room, in units of worth for a unit of room. Where those
/// of all the room would overflow there are none, which is a bound as well.
pub(crate) fn rents(pieces: &[Piece<'_>], needs: &[u64], room: &[u64]) -> Vec<i64> {
    let mut program = Program::new(pieces, needs, room);
    program.optimise();
    let whole = |(price, &room): (&f64, &u64)| (price / room.max(1) as f64).clamp(0.0, 1e18) as i64;
    let rents: Vec<i64> = program.prices().iter().zip(room).map(whole).collect();
    if rent(&rents, room) > i128::from(i64::MAX / 4) {
        return vec![0; rents.len()];
    }
    rents
}

/// The most exchanges until the rents are taken as they are.
const MOST_PIVOTS: usize = 60;
const TOLERANCE: f64 = 1e-9;

/// The linear relaxation of filling one host: a simplex method with bounds on the columns and one row for each dimension, in shares of
/// its room. It is floating point and steers only; any rents give a true bound.
struct Program<'a> {
    pieces: &'a [Piece<'a>],
    rows: usize,
    /// Shares of room by piece and dimension.
    shares: Vec<f64>,
    /// Whether all copies of each piece are in; those in the basis are not.
    full: Vec<bool>,
    basic: Vec<bool>,
    /// The column of each row: a piece, or, from `pieces.len()` on, the slack of a dimension.
    basis: Vec<usize>,
    values: Vec<f64>,
    /// Inverse of the basis, row by row.
    inverse: Vec<f64>,
}

impl<'a> Program<'a> {
    fn new(pieces: &'a [Piece<'a>], needs: &[u64], room: &[u64]) -> Self {
        let rows = room.len();
        let share = |(i, &n): (usize, &u64)| n as f64 / room[i % rows].max(1) as f64;
        let mut inverse = vec![0.0; rows * rows];
        (0..rows).for_each(|r| inverse[r * rows + r] = 1.0);
        Program {
            pieces,
            rows,
            shares: needs.iter().enumerate().map(share).collect(),
            full: vec![false; pieces.len() + rows],
            basic: (0..pieces.len() + rows).map(|c| c >= pieces.len()).collect(),
            basis: (pieces.len()..pieces.len() + rows).collect(),
            values: vec![1.0; rows],
            inverse,
        }
    }

    fn optimise(&mut self) {
        for _ in 0..MOST_PIVOTS {
            let Some((entering, sign)) = self.entering() else {
                return;
            };
            self.exchange(entering, sign);
        }
    }

    fn worth(&self, column: usize) -> f64 {
        self.pieces.get(column).map_or(0.0, |p| p.value as f64)
    }

    fn most(&self, column: usize) -> f64 {
        self.pieces.get(column).map_or(f64::INFINITY, |p| f64::from(p.max))
    }

    /// What all the room of each dimension is worth.
    fn prices(&self) -> Vec<f64> {
        let worth = |r: usize| -> f64 {
            let rows = self.basis.iter().enumerate();
            rows.map(|(i, &c)| self.worth(c) * self.inverse[i * self.rows + r])
                .sum()
        };
        (0..self.rows).map(worth).collect()
    }

    /// The column whose change promises most, and whether it grows or shrinks.
    fn entering(&self) -> Option<(usize, f64)> {
        let (prices, n) = (self.prices(), self.pieces.len());
        let (mut most, mut entering) = (TOLERANCE, None);
        for (p, shares) in self.shares.chunks_exact(self.rows.max(1)).enumerate() {
            if self.basic[p] {
                continue;
            }
            let rent: f64 = prices.iter().zip(shares).map(|(a, b)| a * b).sum();
            let gain = (self.pieces[p].value as f64 - rent) * if self.full[p] { -1.0 } else { 1.0 };
            let widest = shares.iter().fold(0.0, |a: f64, &b| a.max(b));
            // Gains within rounding of the worth are none.
            if gain > 1e-9 * self.pieces[p].value as f64 && gain / widest.max(1e-6) > most {
                most = gain / widest.max(1e-6);
                entering = Some((p, if self.full[p] { -1.0 } else { 1.0 }));
            }
        }
        for (r, &price) in prices.iter().enumerate() {
            if !self.basic[n + r] && -price > most {
                (most, entering) = (-price, Some((n + r, 1.0)));
            }
        }
        entering
    }

    fn share(&self, column: usize, row: usize) -> f64 {
        match column.checked_sub(self.pieces.len()) {
            None => self.shares[column * self.rows + row],
            Some(slack) => f64::from(u8::from(slack == row)),
        }
    }

    /// Changes a column until a bound is met, its own or that of a basic column, which then makes way.
    fn exchange(&mut self, entering: usize, sign: f64) {
        let m = self.rows;
        let direction: Vec<f64> = (0..m)
            .map(|i| (0..m).map(|r| self.inverse[i * m + r] * self.share(entering, r)).sum())
            .collect();
        let (mut step, mut leaving) = (self.most(entering), None);
        for (i, d) in direction.iter().map(|d| d * sign).enumerate() {
            let room = match d {
                d if d > TOLERANCE => self.values[i].max(0.0) / d,
                d if d < -TOLERANCE => (self.most(self.basis[i]) - self.values[i]).max(0.0) / -d,
                _ => continue,
            };
            if room < step {
                (step, leaving) = (room, Some((i, d < 0.0)));
            }
        }
        if step.is_infinite() {
            return;
        }
        for (v, d) in self.values.iter_mut().zip(&direction) {
            *v -= sign * step * d;
        }
        let Some((row, full)) = leaving else {
            self.full[entering] = !self.full[entering];
            return;
        };
        let old = self.basis[row];
        (self.basic[old], self.full[old]) = (false, full);
        self.values[row] = if sign > 0.0 { step } else { self.most(entering) - step };
        (self.basic[entering], self.full[entering]) = (true, false);
        self.basis[row] = entering;
        let pivot = direction[row];
        let scaled: Vec<f64> = self.inverse[row * m..(row + 1) * m].iter().map(|v| v / pivot).collect();
        for (i, d) in direction.iter().enumerate().filter(|&(i, _)| i != row) {
            let line = self.inverse[i * m..(i + 1) * m].iter_mut();
            line.zip(&scaled).for_each(|(v, s)| *v -= d * s);
        }
        self.inverse[row * m..(row + 1) * m].copy_from_slice(&scaled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rents for a room of 8 that pieces of need 2 and this value would fill.
    fn rents_at(value: i64) -> Vec<i64> {
        let piece = Piece {
            item: 0,
            needs: &[(0, 2)],
            max: 9,
            value,
        };
        rents(&[piece], &[2], &[8])
    }

    #[test]
    fn a_unit_of_room_costs_what_it_earns() {
        assert_eq!(rents_at(1 << 20), [1 << 19]);
    }

    #[test]
    fn rents_that_would_overflow_are_none() {
        assert_eq!(rents_at(1 << 60), [0]);
    }
}
