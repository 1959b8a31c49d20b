//! Fills several hosts at once as profitably as possible: lists what each host could take, then picks one filling for each.
//!
//! Copies of a kind that are used up by one filling are gone for the others. How many copies of each kind a filling takes is kept in
//! one wide number, a field for each kind, so that whether two fillings go together is one subtraction. It knows nothing of plans;
//! rules that reach beyond a host are the caller's to keep.

use smallvec::SmallVec;

use super::super::problem::DimIx;
use super::random::Dice;

/// Counts of all kinds, a field of [`Fields`] for each.
type Counts = u128;

/// At most so many fillings are kept for a host.
const MOST_FILLINGS: usize = 2000;

/// A way in which a host takes copies of a kind.
#[derive(Debug, Clone)]
pub struct Choice<'p> {
    /// Which kind: index into the copies.
    pub kind: usize,
    /// What the caller calls it.
    pub tag: u32,
    /// What one copy takes of the host.
    pub needs: &'p [(DimIx, u64)],
    /// What one copy is good for. Choices of no profit are never taken.
    pub profit: i64,
}

/// A host to fill.
#[derive(Debug, Clone)]
pub struct Bin<'p> {
    /// What it has, by dimension.
    pub room: &'p [u64],
    /// What it may take.
    pub choices: Vec<Choice<'p>>,
}

/// How much searching is allowed.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Steps of listing fillings, for each host.
    pub listing: u32,
    /// Steps of picking one for each host.
    pub picking: u32,
}

/// Looks for fillings of all `bins` of more than `floor` profit in all, from `copies` of each kind.
///
/// Returns the best ones found as tags with copies, and the steps done. `dice` decides among equals.
pub fn repack(
    bins: &[Bin],
    copies: &[u32],
    floor: i64,
    effort: Effort,
    dice: &mut Dice,
) -> (Option<Vec<(u32, u32)>>, u64) {
    let Some(fields) = Fields::new(copies) else {
        return (None, 1);
    };
    let mut steps = 0;
    let mut tops = Vec::with_capacity(bins.len());
    for bin in bins {
        let mut listing = Listing::new(bin, copies, &fields, effort.listing);
        tops.push(listing.top());
        steps += u64::from(listing.steps);
    }
    let most: i64 = tops.iter().sum();
    if most <= floor {
        return (None, steps);
    }
    let mut lists = Vec::with_capacity(bins.len());
    for (bin, top) in bins.iter().zip(&tops) {
        let mut listing = Listing::new(bin, copies, &fields, effort.listing);
        let mut list = listing.down_to(top - (most - floor) + 1);
        steps += u64::from(listing.steps);
        for at in (1..list.len()).rev() {
            list.swap(at, dice.below(at + 1));
        }
        list.sort_by_key(|filling| std::cmp::Reverse(filling.profit));
        lists.push(list);
    }
    let mut picking = Picking {
        guards: fields.guards,
        best: floor,
        chosen: vec![0; bins.len()],
        answer: None,
        steps: 0,
        limit: effort.picking,
        lists: &lists,
    };
    let open: Vec<Vec<u32>> = lists.iter().map(|list| (0..list.len() as u32).collect()).collect();
    picking.descend(fields.all, 0, &open);
    steps += u64::from(picking.steps);
    let answer = picking.answer.map(|chosen| {
        let fillings = lists.iter().zip(chosen).map(|(list, at)| &list[at as usize]);
        fillings.flat_map(|filling| filling.taken.iter().copied()).collect()
    });
    (answer, steps)
}

/// Where each kind's count stands in [`Counts`], with a bit on top that shows a borrow.
struct Fields {
    ones: Vec<Counts>,
    guards: Counts,
    all: Counts,
}

impl Fields {
    /// Nothing if they would not fit.
    fn new(copies: &[u32]) -> Option<Self> {
        let (mut ones, mut guards, mut all) = (Vec::with_capacity(copies.len()), 0, 0);
        let mut at = 0;
        for &n in copies {
            let bits = 32 - n.leading_zeros();
            if at + bits + 1 > Counts::BITS {
                return None;
            }
            ones.push(1 << at);
            all |= Counts::from(n) << at;
            guards |= 1 << (at + bits);
            at += bits + 1;
        }
        Some(Self { ones, guards, all })
    }
}

/// What one host may be filled with.
struct Filling {
    counts: Counts,
    profit: i64,
    taken: SmallVec<[(u32, u32); 6]>,
}

/// Lists the fillings of one host.
struct Listing<'a> {
    choices: Vec<&'a Choice<'a>>,
    copies: Vec<u32>,
    fields: &'a Fields,
    /// By choice and dimension, the most profit for a unit that this choice or a later one brings.
    density: Vec<SmallVec<[f64; 8]>>,
    room: SmallVec<[u64; 8]>,
    taken: SmallVec<[(u32, u32); 6]>,
    found: Vec<Filling>,
    best: i64,
    keep: bool,
    steps: u32,
    limit: u32,
}

impl<'a> Listing<'a> {
    fn new(bin: &'a Bin, copies: &[u32], fields: &'a Fields, limit: u32) -> Self {
        let mut choices: Vec<_> = bin.choices.iter().filter(|choice| choice.profit > 0).collect();
        choices.sort_by_key(|choice| (std::cmp::Reverse(choice.profit), choice.tag));
        let mut density = vec![SmallVec::from_elem(0.0, bin.room.len()); choices.len() + 1];
        for (at, choice) in choices.iter().enumerate().rev() {
            let mut row: SmallVec<[f64; 8]> = density[at + 1].clone();
            for (dim, most) in row.iter_mut().enumerate() {
                let need = choice
                    .needs
                    .iter()
                    .find(|need| usize::from(need.0) == dim)
                    .map_or(0, |need| need.1);
                *most = if need == 0 {
                    f64::INFINITY
                } else {
                    most.max(choice.profit as f64 / need as f64)
                };
            }
            density[at] = row;
        }
        Self {
            choices,
            copies: copies.to_vec(),
            fields,
            density,
            room: bin.room.into(),
            taken: SmallVec::new(),
            found: Vec::new(),
            best: 0,
            keep: false,
            steps: 0,
            limit,
        }
    }

    /// The most profit of a filling.
    fn top(&mut self) -> i64 {
        self.descend(0, 0, 0);
        self.best
    }

    /// All fillings of at least `least` profit.
    fn down_to(&mut self, least: i64) -> Vec<Filling> {
        (self.best, self.keep) = (least - 1, true);
        self.descend(0, 0, 0);
        std::mem::take(&mut self.found)
    }

    fn descend(&mut self, at: usize, counts: Counts, profit: i64) {
        self.steps += 1;
        if self.steps > self.limit || self.found.len() >= MOST_FILLINGS {
            return;
        }
        if at == self.choices.len() || self.bound(at) <= 0.0 {
            if profit > self.best {
                if self.keep {
                    self.found.push(Filling {
                        counts,
                        profit,
                        taken: self.taken.clone(),
                    });
                } else {
                    self.best = profit;
                }
            }
            return;
        }
        if profit as f64 + self.bound(at) <= self.best as f64 {
            return;
        }
        let choice = self.choices[at];
        let mut n = 0;
        let mut counts = counts;
        while n < self.copies[choice.kind]
            && choice
                .needs
                .iter()
                .all(|&(dim, amount)| self.room[usize::from(dim)] >= amount)
        {
            for &(dim, amount) in choice.needs {
                self.room[usize::from(dim)] -= amount;
            }
            n += 1;
            counts += self.fields.ones[choice.kind];
        }
        loop {
            self.copies[choice.kind] -= n;
            if n > 0 {
                self.taken.push((choice.tag, n));
            }
            self.descend(at + 1, counts, profit + choice.profit * i64::from(n));
            self.copies[choice.kind] += n;
            if n == 0 {
                break;
            }
            self.taken.pop();
            n -= 1;
            counts -= self.fields.ones[choice.kind];
            for &(dim, amount) in choice.needs {
                self.room[usize::from(dim)] += amount;
            }
        }
    }

    /// No more profit than this is to be had from the choice `at` and later ones.
    fn bound(&self, at: usize) -> f64 {
        let by_dim = self.room.iter().zip(&self.density[at]);
        by_dim
            .map(|(&room, density)| {
                if room == 0 && density.is_infinite() {
                    f64::INFINITY
                } else {
                    room as f64 * density
                }
            })
            .fold(f64::INFINITY, f64::min)
    }
}

/// Picks one filling for each host.
struct Picking<'a> {
    lists: &'a [Vec<Filling>],
    guards: Counts,
    best: i64,
    chosen: Vec<u32>,
    answer: Option<Vec<u32>>,
    steps: u32,
    limit: u32,
}

/// Marks a host whose filling is picked.
const PICKED: u32 = u32::MAX;

impl Picking<'_> {
    /// Fills the hosts that are still open from what is `left`, those with the fewest fillings first.
    fn descend(&mut self, left: Counts, profit: i64, open: &[Vec<u32>]) {
        let mut rest = 0;
        let mut next: Option<usize> = None;
        for (bin, fillings) in open.iter().enumerate() {
            if fillings.first() == Some(&PICKED) {
                continue;
            }
            let Some(&first) = fillings.first() else {
                return;
            };
            rest += self.lists[bin][first as usize].profit;
            if next.is_none_or(|other| fillings.len() < open[other].len()) {
                next = Some(bin);
            }
        }
        if profit + rest <= self.best {
            return;
        }
        let Some(bin) = next else {
            self.best = profit;
            self.answer = Some(self.chosen.clone());
            return;
        };
        let own_top = self.lists[bin][open[bin][0] as usize].profit;
        let mut narrowed: Vec<Vec<u32>> = vec![Vec::new(); open.len()];
        for &at in &open[bin] {
            let filling = &self.lists[bin][at as usize];
            if self.steps > self.limit || profit + rest - own_top + filling.profit <= self.best {
                return;
            }
            let left = left - filling.counts;
            let mut spare = profit + rest - own_top + filling.profit - self.best;
            for (other, fillings) in open.iter().enumerate() {
                narrowed[other].clear();
                if other == bin || fillings[0] == PICKED {
                    narrowed[other].push(PICKED);
                    continue;
                }
                let top = self.lists[other][fillings[0] as usize].profit;
                for &f in fillings {
                    let filling = &self.lists[other][f as usize];
                    if top - filling.profit >= spare {
                        break;
                    }
                    if ((left | self.guards) - filling.counts) & self.guards == self.guards {
                        narrowed[other].push(f);
                    }
                }
                self.steps += 1 + fillings.len() as u32 / 16;
                match narrowed[other].first() {
                    None => spare = 0,
                    Some(&f) => spare -= top - self.lists[other][f as usize].profit,
                }
                if spare <= 0 {
                    break;
                }
            }
            if spare > 0 {
                self.chosen[bin] = at;
                self.descend(left, profit + filling.profit, &narrowed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AMPLE: Effort = Effort {
        listing: 100_000,
        picking: 100_000,
    };

    /// Profit of the best fillings, by trying every copy in every place.
    fn brute_force(rooms: &mut [u64], items: &[(u64, i64, u32)]) -> i64 {
        let Some((&(need, profit, copies), rest)) = items.split_first() else {
            return 0;
        };
        let fewer = [&[(need, profit, copies - 1)], rest].concat();
        let left = if copies == 1 { rest } else { &fewer };
        let mut best = brute_force(rooms, left);
        for at in 0..rooms.len() {
            if rooms[at] >= need {
                rooms[at] -= need;
                best = best.max(profit + brute_force(rooms, left));
                rooms[at] += need;
            }
        }
        best
    }

    proptest! {
        /// With effort to spare the fillings are the best there are, and found only above the floor.
        #[test]
        fn finds_the_best(
            mut rooms in prop::collection::vec(1u64..9, 1..4),
            items in prop::collection::vec((1u64..6, 1i64..9, 1u32..3), 0..4),
        ) {
            let best = brute_force(&mut rooms.clone(), &items);
            let needs: Vec<_> = items.iter().map(|item| [(0, item.0)]).collect();
            let choices = (0..items.len())
                .map(|kind| Choice { kind, tag: kind as u32, needs: &needs[kind], profit: items[kind].1 });
            let rooms: Vec<_> = rooms.iter_mut().map(|room| [*room]).collect();
            let bins: Vec<_> = rooms.iter().map(|room| Bin { room, choices: choices.clone().collect() }).collect();
            let copies: Vec<_> = items.iter().map(|item| item.2).collect();
            let mut dice = Dice::new(1);
            prop_assert_eq!(repack(&bins, &copies, best, AMPLE, &mut dice).0, None);
            let found = repack(&bins, &copies, best - 1, AMPLE, &mut dice).0.expect("the best is above the floor");
            let mut taken = vec![0; items.len()];
            found.iter().for_each(|&(tag, copies)| taken[tag as usize] += copies);
            prop_assert!(taken.iter().zip(&copies).all(|(taken, copies)| taken <= copies));
            let profit: i64 = taken.iter().zip(&items).map(|(&taken, item)| i64::from(taken) * item.1).sum();
            prop_assert_eq!(profit, best);
        }
    }
}
