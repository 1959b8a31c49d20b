//! The offers of one model, with the best of every few of them above, and the best of every few of those above them.

use std::ops::Range;

use super::summary::Summary;

/// How many stand under one summary.
const FAN: usize = 8;

/// One offer: the host's place in the fleet, and the offer's on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub host: u32,
    pub offer: u32,
}

/// Offers in an order in which neighbours have like prices. The order decides how fast the best is found, never which it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    entries: Vec<Entry>,
    vacant: Vec<u32>,
    /// The lowest level has one summary for each entry, the highest has one.
    levels: Vec<Vec<Summary>>,
}

/// A summary of a tree: which level, and which of that level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub level: usize,
    pub at: usize,
}

impl Tree {
    /// The tree of these offers, in this order.
    pub fn new(offers: impl Iterator<Item = (Entry, Summary)>) -> Tree {
        let (entries, lowest): (Vec<Entry>, Vec<Summary>) = offers.unzip();
        let mut levels = vec![lowest];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let above = below.chunks(FAN).map(best).collect();
            levels.push(above);
        }
        Tree {
            entries,
            vacant: Vec::new(),
            levels,
        }
    }

    /// The summary of all, if there is any.
    pub fn root(&self) -> Option<Node> {
        let level = self.levels.len().checked_sub(1)?;
        (!self.levels[level].is_empty()).then_some(Node { level, at: 0 })
    }

    pub fn summary(&self, node: Node) -> &Summary {
        &self.levels[node.level][node.at]
    }

    /// What stands under a node; of one entry, nothing.
    pub fn below(&self, node: Node) -> impl Iterator<Item = Node> + use<> {
        let (level, range) = match node.level.checked_sub(1) {
            Some(level) => (level, children(node.at, self.levels[level].len())),
            None => (0, 0..0),
        };
        range.map(move |at| Node { level, at })
    }

    /// The offer of a node of the lowest level.
    pub fn entry(&self, at: usize) -> Entry {
        self.entries[at]
    }

    /// Enters an offer, and tells where.
    pub fn insert(&mut self, entry: Entry, summary: Summary) -> u32 {
        let at = self.vacant.pop().unwrap_or_else(|| {
            self.entries.push(entry);
            self.entries.len() as u32 - 1
        });
        self.set(at, entry, summary);
        at
    }

    /// Takes an offer out.
    pub fn remove(&mut self, at: u32) {
        self.set(at, self.entries[at as usize], Summary::NONE);
        self.vacant.push(at);
    }

    /// Changes an offer where it stands.
    pub fn set(&mut self, at: u32, entry: Entry, summary: Summary) {
        let mut at = at as usize;
        self.entries[at] = entry;
        let mut new = summary;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let summaries = &mut self.levels[level];
            match summaries.get_mut(at) {
                Some(old) if *old == new => return,
                Some(old) => *old = new,
                None => summaries.push(new),
            }
            if self.levels[level].len() == 1 && level + 1 == self.levels.len() {
                return;
            }
            at /= FAN;
            new = best(&self.levels[level][children(at, self.levels[level].len())]);
        }
    }
}

fn children(at: usize, all: usize) -> Range<usize> {
    at * FAN..all.min((at + 1) * FAN)
}

fn best(summaries: &[Summary]) -> Summary {
    summaries
        .iter()
        .fold(Summary::NONE, |best, summary| best.joined(summary))
}
