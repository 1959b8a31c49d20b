//! Every pattern of an empty host.

use smallvec::SmallVec;

use super::super::cuts::Counts;
use super::super::knapsack::{PASSED, Pattern};
use super::super::model::Item;
use super::Listed;

/// Every pattern of a host with these capacities, the empty one first, or none if there are more than `limit` or it takes more than
/// `steps`. They are gathered in `found`, room that whoever lists many hosts has to give. Returns the steps taken with it.
pub(super) fn every(
    items: &[Item],
    caps: &[u64],
    (limit, steps): (usize, u64),
    found: &mut Vec<Pattern>,
) -> (Option<Vec<Listed>>, u64) {
    found.clear();
    found.push(Pattern::new());
    let mut search = Search {
        items,
        room: caps.iter().copied().collect(),
        least: least_needs(items, caps.len()),
        chosen: Pattern::new(),
        found,
        limit,
        looks: steps * PASSED,
    };
    let whole = search.extend(0);
    let taken = steps - search.looks / PASSED;
    let listed = |pattern| Listed {
        pattern,
        counts: Counts::new(),
    };
    (whole.then(|| found.drain(..).map(listed).collect()), taken)
}

/// What each item and all after it need at least, by dimension.
fn least_needs(items: &[Item], dims: usize) -> Vec<u64> {
    let mut least = vec![u64::MAX; (items.len() + 1) * dims];
    for (i, item) in items.iter().enumerate().rev() {
        let (now, after) = least[i * dims..(i + 2) * dims].split_at_mut(dims);
        for &(dim, n) in &item.needs {
            now[usize::from(dim)] = n;
        }
        now.iter_mut()
            .zip(after)
            .for_each(|(n, after)| *n = if *n == u64::MAX { 0 } else { (*n).min(*after) });
    }
    least
}

struct Search<'a> {
    items: &'a [Item],
    room: SmallVec<[u64; 12]>,
    /// What each item and all after it need at least, by dimension.
    least: Vec<u64>,
    chosen: Pattern,
    found: &'a mut Vec<Pattern>,
    limit: usize,
    /// How many items may still be looked at.
    looks: u64,
}

impl Search<'_> {
    /// Adds each item from `from` on and keeps what comes of it. Returns whether that came to its end.
    fn extend(&mut self, from: usize) -> bool {
        let least = &self.least[from * self.room.len()..];
        if self.room.iter().zip(least).any(|(room, n)| room < n) {
            return true;
        }
        for i in from..self.items.len() {
            if self.looks == 0 {
                return false;
            }
            self.looks -= 1;
            let (at, item) = (i as u32, &self.items[i]);
            let copies = self.chosen.last().filter(|last| last.0 == at).map_or(0, |last| last.1);
            if copies == item.max || item.needs.iter().any(|&(dim, n)| n > self.room[dim as usize]) {
                continue;
            }
            item.needs.iter().for_each(|&(dim, n)| self.room[dim as usize] -= n);
            match self.chosen.last_mut() {
                Some(last) if last.0 == at => last.1 += 1,
                _ => self.chosen.push((at, 1)),
            }
            self.found.push(Pattern::from_slice(&self.chosen));
            let whole = self.found.len() <= self.limit && self.extend(i);
            match self.chosen.last_mut() {
                Some(last) if last.1 > 1 => last.1 -= 1,
                _ => drop(self.chosen.pop()),
            }
            item.needs.iter().for_each(|&(dim, n)| self.room[dim as usize] += n);
            if !whole {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::knapsack::{self, Piece};
    use super::super::super::model::Model;
    use super::super::super::random;
    use super::*;

    fn all(items: &[Item], caps: &[u64], limits: (usize, u64)) -> Option<Vec<Pattern>> {
        let (listed, _) = every(items, caps, limits, &mut Vec::new());
        listed.map(|listed| listed.into_iter().map(|l| l.pattern).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

        /// The search for patterns that are worth enough finds the same ones where any worth will do, and the limit is kept to.
        #[test]
        fn every_pattern_is_listed_once(problem in random::problems()) {
            let model = Model::new(&problem, true);
            for (k, class) in model.classes.iter().enumerate() {
                let items = model.items_of(k);
                let pieces = (0..).zip(items).map(|(item, i)| Piece { item, needs: &i.needs, max: i.max, value: 1 });
                let (found, _) = knapsack::all(&class.caps, pieces.collect(), 0, 100_000, 1_000_000);
                let mut found: Vec<Pattern> = found.unwrap().into_iter().map(|f| f.1).collect();
                found.sort_unstable();
                let mut listed = all(items, &class.caps, (found.len(), 1_000_000)).unwrap();
                prop_assert!(listed[0].is_empty());
                listed.sort_unstable();
                prop_assert_eq!(&listed, &found);
                prop_assert!(found.len() == 1 || all(items, &class.caps, (found.len() - 1, 1_000_000)).is_none());
            }
        }
    }
}
