//! A set of small numbers that can be drawn from at random.

/// Marks a number that is not in the set.
const ABSENT: u32 = u32::MAX;

/// Some of the numbers below a bound.
#[derive(Debug, Clone)]
pub struct Set {
    items: Vec<u32>,
    positions: Vec<u32>,
}

impl Set {
    /// None of the numbers below `bound`.
    pub fn new(bound: usize) -> Self {
        Self {
            items: Vec::new(),
            positions: vec![ABSENT; bound],
        }
    }

    /// The numbers in the set, in no particular but always the same order.
    pub fn items(&self) -> &[u32] {
        &self.items
    }

    /// Puts `item` in or takes it out.
    pub fn set(&mut self, item: u32, present: bool) {
        match (self.positions[item as usize], present) {
            (ABSENT, true) => {
                self.positions[item as usize] = self.items.len() as u32;
                self.items.push(item);
            }
            (position, false) if position != ABSENT => {
                self.items.swap_remove(position as usize);
                if let Some(&moved) = self.items.get(position as usize) {
                    self.positions[moved as usize] = position;
                }
                self.positions[item as usize] = ABSENT;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_put_in_and_not_taken_out() {
        let mut set = Set::new(5);
        for item in [3, 0, 4, 3] {
            set.set(item, true);
        }
        set.set(3, false);
        set.set(1, false);
        let mut items = set.items().to_vec();
        items.sort_unstable();
        assert_eq!(items, [0, 4]);
        set.set(4, false);
        set.set(3, true);
        assert_eq!(set.items(), [0, 3]);
    }
}
