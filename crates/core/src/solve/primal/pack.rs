//! Fills one host as profitably as possible: a small knapsack in several dimensions, searched depth first.
//!
//! It knows nothing of plans; rules that reach beyond the host are the caller's to keep.

use smallvec::SmallVec;

use super::super::problem::DimIx;

/// So many nodes are looked at before the best filling found is taken.
const MOST_NODES: u32 = 400;

/// Something that may be packed, up to so many times.
#[derive(Debug, Clone, PartialEq)]
pub struct Item<'p> {
    /// What the caller calls it.
    pub tag: u32,
    /// What one copy takes of the host.
    pub needs: &'p [(DimIx, u64)],
    /// What one copy is good for. Items of no profit are never packed.
    pub profit: f64,
    /// How many copies there are.
    pub copies: u32,
}

/// The most profitable filling of `room` that was found: tags with copies, and how many nodes it took.
pub fn pack(room: &[u64], items: Vec<Item>) -> (Vec<(u32, u32)>, u32) {
    let mut ranked: Vec<Ranked> = items.into_iter().filter_map(|item| Ranked::new(room, item)).collect();
    ranked.sort_by(|a, b| b.density.total_cmp(&a.density).then(a.item.tag.cmp(&b.item.tag)));
    let mut search = Search {
        scale: room.iter().map(|&has| 1.0 / has.max(1) as f64).collect(),
        room: room.into(),
        taken: vec![0; ranked.len()],
        best: vec![0; ranked.len()],
        best_profit: 0.0,
        nodes: 0,
        items: ranked,
    };
    search.descend(0, 0.0);
    let chosen = search.items.iter().zip(&search.best).filter(|(_, copies)| **copies > 0);
    (
        chosen.map(|(ranked, &copies)| (ranked.item.tag, copies)).collect(),
        search.nodes,
    )
}

/// An item with its profit for each unit of size, where size is the sum of its shares of the host's dimensions.
struct Ranked<'p> {
    item: Item<'p>,
    density: f64,
}

impl<'p> Ranked<'p> {
    /// Nothing for an item that is worthless or has no room.
    fn new(room: &[u64], item: Item<'p>) -> Option<Self> {
        let fits = item.needs.iter().all(|&(dim, amount)| room[usize::from(dim)] >= amount);
        let share = |&(dim, amount): &(DimIx, u64)| amount as f64 / room[usize::from(dim)].max(1) as f64;
        let size: f64 = item.needs.iter().map(share).sum();
        let density = item.profit / size.max(1e-9);
        (fits && item.copies > 0 && item.profit > 0.0).then_some(Self { item, density })
    }
}

struct Search<'p> {
    items: Vec<Ranked<'p>>,
    scale: SmallVec<[f64; 8]>,
    room: SmallVec<[u64; 8]>,
    taken: Vec<u32>,
    best: Vec<u32>,
    best_profit: f64,
    nodes: u32,
}

impl Search<'_> {
    /// Decides the copies of the item `at` and all after it, most copies first.
    fn descend(&mut self, at: usize, profit: f64) {
        self.nodes += 1;
        if profit > self.best_profit {
            self.best_profit = profit;
            self.best.clone_from(&self.taken);
        }
        let Some(next) = self.items.get(at) else {
            return;
        };
        let room_left: f64 = self
            .room
            .iter()
            .zip(&self.scale)
            .map(|(&room, scale)| room as f64 * scale)
            .sum();
        if profit + next.density * room_left <= self.best_profit || self.nodes > MOST_NODES {
            return;
        }
        let (needs, worth) = (next.item.needs, next.item.profit);
        let most = needs
            .iter()
            .map(|&(dim, amount)| self.room[usize::from(dim)] / amount.max(1));
        let most = most.fold(u64::from(next.item.copies), u64::min);
        for copies in (0..=most).rev() {
            for &(dim, amount) in needs {
                self.room[usize::from(dim)] -= amount * copies;
            }
            self.taken[at] = copies as u32;
            self.descend(at + 1, profit + worth * copies as f64);
            for &(dim, amount) in needs {
                self.room[usize::from(dim)] += amount * copies;
            }
        }
        self.taken[at] = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Profit of the best filling, by trying all.
    fn brute_force(room: &[u64], items: &[Item]) -> f64 {
        let Some((item, rest)) = items.split_first() else {
            return 0.0;
        };
        let mut best = 0.0f64;
        for copies in 0..=u64::from(item.copies) {
            let mut room = room.to_vec();
            for &(dim, amount) in item.needs {
                match room[usize::from(dim)].checked_sub(amount * copies) {
                    Some(left) => room[usize::from(dim)] = left,
                    None => return best,
                }
            }
            best = best.max(item.profit * copies as f64 + brute_force(&room, rest));
        }
        best
    }

    #[test]
    fn prefers_profit_to_size() {
        let item = |tag, needs, profit| Item {
            tag,
            needs,
            profit,
            copies: 1,
        };
        let items = vec![
            item(7, &[(0, 3)], 5.0),
            item(8, &[(0, 2)], 3.0),
            item(9, &[(0, 2)], 3.0),
        ];
        assert_eq!(pack(&[4], items).0, [(8, 1), (9, 1)]);
    }

    proptest! {
        /// On a host small enough for the limit on nodes the filling is the best there is.
        #[test]
        fn finds_the_best_of_few(
            room in prop::collection::vec(0u64..12, 2),
            items in prop::collection::vec((1u64..6, 1u64..6, -3i8..9, 1u32..3), 0..5),
        ) {
            let needs: Vec<_> = items.iter().map(|&(a, b, ..)| [(0, a), (1, b)]).collect();
            let items: Vec<_> = (0..)
                .zip(items.iter().zip(&needs))
                .map(|(tag, (&(_, _, profit, copies), needs))| Item { tag, needs, profit: profit.into(), copies })
                .collect();
            let (filling, _) = pack(&room, items.clone());
            let profit: f64 = filling.iter().map(|&(tag, copies)| items[tag as usize].profit * f64::from(copies)).sum();
            prop_assert_eq!(profit, brute_force(&room, &items));
        }
    }
}
