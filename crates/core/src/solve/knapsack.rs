//! The best ways to fill one host, given what each item is worth: an exact integer search.
//!
//! A pattern is a multiset of items that one empty host takes. The search adds items in order of worth for room; it is cut off by
//! tables that say, for one dimension alone, how much the items from some point on can still add.

use smallvec::SmallVec;

use super::problem::DimIx;
use super::rent::{self, Rent};

/// Copies of each item of a class that stand on one host: (item within the class, copies), ascending.
pub(crate) type Pattern = SmallVec<[(u32, u32); 8]>;

/// An item as the search sees it.
#[derive(Debug, Clone)]
pub(crate) struct Piece<'a> {
    /// Its index within the class.
    pub(crate) item: u32,
    pub(crate) needs: &'a [(DimIx, u64)],
    pub(crate) max: u32,
    pub(crate) value: i64,
}

/// What a search for the best pattern found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filling {
    /// No pattern is worth more. It is exact unless the search was cut off.
    pub(crate) most: i64,
    /// Good patterns with their worth, the best last.
    pub(crate) patterns: SmallVec<[(i64, Pattern); 2]>,
    /// Steps taken.
    pub(crate) steps: u64,
    /// Whether the search was cut off.
    pub(crate) cut: bool,
}

/// Buckets of a table; capacities beyond are scaled down, needs rounded down.
const BUCKETS: u64 = 48;
/// The most copies on one host that the search goes into.
const DEEPEST: usize = 500;
/// So many pieces looked at in vain are one step.
pub(crate) const PASSED: u64 = 16;
/// How many dimensions get a table.
const TABLES: usize = 3;

/// What a pattern is charged beside what its items are worth; never negative.
pub(crate) type Charge<'c> = dyn Fn(&Pattern) -> i64 + 'c;

/// Searches for the pattern that is worth most, give or take `tolerance`; after `steps` it settles for a bound. At least `known` is taken
/// to be possible.
pub(crate) fn best(
    caps: &[u64],
    mut pieces: Vec<Piece<'_>>,
    known: i64,
    (steps, tolerance): (u64, i64),
    charge: Option<&Charge<'_>>,
) -> Filling {
    pieces.retain(|p| p.value > 0 && p.max > 0);
    if pieces.is_empty() {
        return Filling {
            most: known.max(0),
            ..Filling::default()
        };
    }
    let mut ready = Ready::new(caps, pieces);
    let chosen = ready.greedy();
    let mut keep = Keep {
        best: 0,
        most: 0,
        tolerance,
        patterns: SmallVec::new(),
        charge,
    };
    let gross = chosen.iter().map(|&(p, n)| ready.pieces[p].value * i64::from(n)).sum();
    keep.found(gross, &chosen, &ready.pieces);
    let first = keep.best;
    let mut filling = Filling {
        steps: 2 * ready.pieces.len() as u64,
        ..Filling::default()
    };
    if keep.wants(ready.top) {
        keep.most = ready.narrow(first.saturating_add(tolerance));
        let mut search = Search::new(ready, steps);
        search.extend(0, 0, &mut keep);
        filling.most = search.open;
        filling.steps += search.setup + search.taken + search.passed / PASSED;
        filling.cut = search.cut;
    }
    filling.most = filling.most.max(keep.best).max(keep.most);
    filling.patterns = keep.patterns;
    filling
}

/// Every pattern worth at least `least`, or none if there are more than `limit` or the search takes more than `steps`.
pub(crate) fn all(
    caps: &[u64],
    pieces: Vec<Piece<'_>>,
    least: i64,
    limit: usize,
    steps: u64,
) -> (Option<Vec<(i64, Pattern)>>, u64) {
    let mut list = List {
        least,
        limit,
        patterns: Vec::new(),
    };
    let mut ready = Ready::new(caps, pieces);
    ready.narrow(least.saturating_sub(1));
    let mut search = Search::new(ready, steps);
    list.found(0, &search.chosen, &search.pieces);
    search.extend(0, 0, &mut list);
    let whole = !search.cut && list.patterns.len() <= limit;
    (
        whole.then_some(list.patterns),
        search.setup + search.taken + search.passed / PASSED,
    )
}

/// What a search does with what it meets.
trait Collect {
    /// Whether a pattern worth at most `bound` is of interest.
    fn wants(&mut self, bound: i64) -> bool;
    /// A pattern was met. False stops the search.
    fn found(&mut self, value: i64, chosen: &[(usize, u32)], pieces: &[Piece<'_>]) -> bool;
}

/// Keeps the best pattern and the one before it.
struct Keep<'c> {
    charge: Option<&'c Charge<'c>>,
    best: i64,
    /// What passed over patterns are worth at most.
    most: i64,
    tolerance: i64,
    patterns: SmallVec<[(i64, Pattern); 2]>,
}

impl Collect for Keep<'_> {
    fn wants(&mut self, bound: i64) -> bool {
        let wanted = bound > self.best.saturating_add(self.tolerance);
        if !wanted {
            self.most = self.most.max(bound);
        }
        wanted
    }

    fn found(&mut self, value: i64, chosen: &[(usize, u32)], pieces: &[Piece<'_>]) -> bool {
        if value <= self.best {
            return true;
        }
        let pattern = pattern(chosen, pieces);
        let value = value - self.charge.map_or(0, |charge| charge(&pattern));
        if value > self.best {
            self.best = value;
            if self.patterns.len() == 2 {
                self.patterns.remove(0);
            }
            self.patterns.push((value, pattern));
        }
        true
    }
}

/// Lists everything worth enough.
struct List {
    least: i64,
    limit: usize,
    patterns: Vec<(i64, Pattern)>,
}

impl Collect for List {
    fn wants(&mut self, bound: i64) -> bool {
        bound >= self.least
    }

    fn found(&mut self, value: i64, chosen: &[(usize, u32)], pieces: &[Piece<'_>]) -> bool {
        if value >= self.least {
            self.patterns.push((value, pattern(chosen, pieces)));
        }
        self.patterns.len() <= self.limit
    }
}

fn pattern(chosen: &[(usize, u32)], pieces: &[Piece<'_>]) -> Pattern {
    let mut pattern: Pattern = chosen.iter().map(|&(p, n)| (pieces[p].item, n)).collect();
    pattern.sort_unstable();
    pattern
}

/// A dimension that can run out, with the table of what fits in it.
struct Tight {
    /// Room per bucket is `cap / scale`.
    cap: u64,
    buckets: u64,
    /// `add[piece * (buckets + 1) + room]`: the most that this and later pieces add in that room.
    add: Vec<i64>,
}

/// Pieces in the order in which the search takes them: what the linear relaxation of the host takes comes first.
struct Ready<'a> {
    pieces: Vec<Piece<'a>>,
    /// Needs by piece and tight dimension.
    needs: Vec<u64>,
    /// Room by tight dimension; those with tables first.
    room: SmallVec<[u64; 12]>,
    rents: Vec<i64>,
    /// What a copy of each piece earns beyond its rent.
    nets: Vec<i128>,
    /// No pattern is worth more.
    top: i64,
}

impl<'a> Ready<'a> {
    fn new(caps: &[u64], mut pieces: Vec<Piece<'a>>) -> Self {
        let tight = tight_dimensions(caps, &pieces);
        let room: SmallVec<[u64; 12]> = tight.iter().map(|&d| caps[d as usize]).collect();
        order(&mut pieces, caps, &tight);
        let needs = needs_of(&pieces, &tight);
        let rents = rent::rents(&pieces, &needs, &room);
        let dims = room.len();
        let net = |p: usize| rent::net(&pieces[p], &needs[p * dims..(p + 1) * dims], &rents);
        let mut by_net: Vec<(i128, usize)> = (0..pieces.len()).map(|p| (-net(p), p)).collect();
        by_net.sort_unstable();
        let top = rent::top(&rents, &room, by_net.iter().map(|&(net, p)| (-net, pieces[p].max)));
        let pieces: Vec<Piece<'a>> = by_net.iter().map(|&(_, p)| pieces[p].clone()).collect();
        let needs = needs_of(&pieces, &tight);
        Ready {
            nets: by_net.into_iter().map(|(net, _)| -net).collect(),
            pieces,
            needs,
            room,
            rents,
            top,
        }
    }

    /// Takes piece after piece as long as it fits.
    fn greedy(&self) -> Vec<(usize, u32)> {
        let (mut room, mut chosen) = (self.room.clone(), Vec::new());
        for (p, piece) in self.pieces.iter().enumerate() {
            let needs = &self.needs[p * room.len()..(p + 1) * room.len()];
            let fit = needs
                .iter()
                .zip(&room)
                .filter(|(n, _)| **n > 0)
                .map(|(n, r)| r / n)
                .min();
            let n = fit.map_or(piece.max, |fit| fit.min(u64::from(piece.max)) as u32);
            if n > 0 && piece.value > 0 {
                room.iter_mut()
                    .zip(needs)
                    .for_each(|(r, &need)| *r -= need * u64::from(n));
                chosen.push((p, n));
            }
        }
        chosen
    }

    /// Drops pieces that are in no pattern worth more than `least`. Returns what patterns with them are worth at most.
    fn narrow(&mut self, least: i64) -> i64 {
        let dims = self.room.len();
        let worth = |net: i128| i64::try_from(i128::from(self.top) + net.min(0)).unwrap_or(i64::MIN);
        // The nets fall from piece to piece.
        let keep = self.nets.iter().take_while(|&&net| worth(net) > least).count();
        let most = self.nets.get(keep).map_or(0, |&net| worth(net).max(0));
        self.pieces.truncate(keep);
        self.nets.truncate(keep);
        self.needs.truncate(keep * dims);
        most
    }
}

struct Search<'a> {
    pieces: Vec<Piece<'a>>,
    /// Needs by piece and tight dimension.
    needs: Vec<u64>,
    /// Room left by tight dimension; those with tables first.
    room: SmallVec<[u64; 12]>,
    tables: Vec<Tight>,
    /// The bucket of the room left, by table.
    buckets: [usize; TABLES],
    rent: Rent,
    /// The rent of the room left.
    rented: i64,
    chosen: Vec<(usize, u32)>,
    steps: u64,
    taken: u64,
    /// Pieces looked at in vain.
    passed: u64,
    setup: u64,
    cut: bool,
    depth: usize,
    /// What the part that was cut off is worth at most.
    open: i64,
}

impl<'a> Search<'a> {
    fn new(ready: Ready<'a>, steps: u64) -> Self {
        let Ready {
            pieces,
            needs,
            room,
            rents,
            nets,
            ..
        } = ready;
        let tables: Vec<Tight> = (0..room.len().min(TABLES))
            .map(|t| table(&pieces, &needs, room.len(), t, room[t]))
            .collect();
        let rent = Rent::new(&rents, &pieces, &nets, &room);
        let mut buckets = [0; TABLES];
        for (bucket, table) in buckets.iter_mut().zip(&tables) {
            *bucket = table.buckets as usize;
        }
        let setup = pieces.len() as u64 + tables.iter().map(|t| t.add.len() as u64).sum::<u64>() / 4;
        Search {
            pieces,
            needs,
            room,
            tables,
            buckets,
            rented: rent.of_all,
            rent,
            chosen: Vec::new(),
            // What a search may take should not be little beside what it costs to start one.
            steps: steps.max(setup / 4),
            taken: 0,
            passed: 0,
            setup,
            cut: false,
            depth: 0,
            open: 0,
        }
    }

    /// How much the pieces from `from` on can still add.
    fn bound(&self, from: usize) -> i64 {
        let by_table = self.tables.iter().zip(&self.buckets);
        let by_table = by_table.map(|(table, &bucket)| table.add[from * table.width() + bucket]);
        by_table.fold(self.rented.saturating_add(self.rent.beyond[from]), i64::min)
    }

    /// Tries every piece from `from` on as the next one.
    fn extend(&mut self, from: usize, value: i64, collect: &mut impl Collect) {
        for p in from..self.pieces.len() {
            if !collect.wants(value + self.bound(p)) {
                return;
            }
            self.passed += 1;
            let already = self
                .chosen
                .last()
                .filter(|&&(last, _)| last == p)
                .map_or(0, |&(_, n)| n);
            let buckets = self.buckets;
            if already >= self.pieces[p].max || !self.take(p) {
                continue;
            }
            self.taken += 1;
            self.push(p, already);
            let gained = value + self.pieces[p].value;
            if self.taken + self.passed / PASSED > self.steps
                || self.depth > DEEPEST
                || !collect.found(gained, &self.chosen, &self.pieces)
            {
                self.cut = true;
            }
            if !self.cut {
                self.depth += 1;
                self.extend(p, gained, collect);
                self.depth -= 1;
            }
            if self.cut && self.open == 0 {
                self.open = self.open.max(gained.saturating_add(self.bound(p)));
            }
            self.pop();
            self.give(p);
            self.buckets = buckets;
            if self.cut {
                self.open = self.open.max(value.saturating_add(self.bound(p + 1)));
                return;
            }
        }
    }

    fn push(&mut self, p: usize, already: u32) {
        if already > 0 {
            self.chosen.pop();
        }
        self.chosen.push((p, already + 1));
    }

    fn pop(&mut self) {
        match self.chosen.last_mut() {
            Some((_, n)) if *n > 1 => *n -= 1,
            _ => drop(self.chosen.pop()),
        }
    }

    fn take(&mut self, p: usize) -> bool {
        let needs = &self.needs[p * self.room.len()..(p + 1) * self.room.len()];
        let fits = needs.iter().zip(&self.room).all(|(n, r)| n <= r);
        if fits {
            self.room.iter_mut().zip(needs).for_each(|(r, n)| *r -= n);
            self.rented -= self.rent.of_piece[p];
            for ((bucket, table), &room) in self.buckets.iter_mut().zip(&self.tables).zip(&self.room) {
                *bucket = table.bucket(room);
            }
        }
        fits
    }

    /// Gives room back; the buckets are the caller's to restore.
    fn give(&mut self, p: usize) {
        let needs = &self.needs[p * self.room.len()..(p + 1) * self.room.len()];
        self.room.iter_mut().zip(needs).for_each(|(r, n)| *r += n);
        self.rented += self.rent.of_piece[p];
    }
}

/// The dimensions that all pieces together could overrun, the scarcest first.
fn tight_dimensions(caps: &[u64], pieces: &[Piece<'_>]) -> SmallVec<[DimIx; 12]> {
    let mut asked = vec![0u128; caps.len()];
    for piece in pieces {
        for &(dim, amount) in piece.needs {
            asked[dim as usize] += u128::from(amount) * u128::from(piece.max);
        }
    }
    let mut tight: SmallVec<[DimIx; 12]> = (0..caps.len())
        .filter(|&d| asked[d] > u128::from(caps[d]))
        .map(|d| d as DimIx)
        .collect();
    let scarcity = |d: DimIx| asked[d as usize] as f64 / caps[d as usize].max(1) as f64;
    tight.sort_by(|&a, &b| scarcity(b).total_cmp(&scarcity(a)).then(a.cmp(&b)));
    tight
}

/// Orders the pieces by worth for the share of room that they take.
fn order(pieces: &mut Vec<Piece<'_>>, caps: &[u64], tight: &[DimIx]) {
    let share = |piece: &Piece<'_>| {
        let shares = piece
            .needs
            .iter()
            .filter(|(d, _)| tight.contains(d))
            .map(|&(d, n)| n as f64 / caps[d as usize].max(1) as f64);
        shares.sum::<f64>().max(1e-9)
    };
    let key = |piece: &Piece<'_>| {
        let share = share(piece);
        if piece.value > 0 {
            piece.value as f64 / share
        } else {
            piece.value as f64
        }
    };
    let mut keyed: Vec<(f64, Piece<'_>)> = pieces.drain(..).map(|piece| (key(&piece), piece)).collect();
    keyed.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.item.cmp(&b.1.item)));
    pieces.extend(keyed.into_iter().map(|(_, piece)| piece));
}

/// Needs by piece and tight dimension.
fn needs_of(pieces: &[Piece<'_>], tight: &[DimIx]) -> Vec<u64> {
    let mut needs = vec![0; pieces.len() * tight.len()];
    for (p, piece) in pieces.iter().enumerate() {
        for &(dim, amount) in piece.needs {
            if let Some(t) = tight.iter().position(|&d| d == dim) {
                needs[p * tight.len() + t] = amount;
            }
        }
    }
    needs
}

impl Tight {
    fn new(cap: u64) -> Self {
        let cap = cap.max(1);
        Tight {
            cap,
            buckets: cap.min(BUCKETS),
            add: Vec::new(),
        }
    }

    fn width(&self) -> usize {
        self.buckets as usize + 1
    }

    /// The bucket of a room or a need, rounded down.
    fn bucket(&self, room: u64) -> usize {
        if self.cap == self.buckets {
            return room as usize;
        }
        match room.checked_mul(self.buckets) {
            // Short divisions are quick ones.
            Some(wide) if (wide | self.cap) >> 32 == 0 => (wide as u32 / self.cap as u32) as usize,
            Some(wide) => (wide / self.cap) as usize,
            None => (u128::from(room) * u128::from(self.buckets) / u128::from(self.cap)) as usize,
        }
    }
}

/// For one dimension, the most that the pieces from each point on add in each room.
fn table(pieces: &[Piece<'_>], needs: &[u64], dims: usize, t: usize, cap: u64) -> Tight {
    let mut table = Tight::new(cap);
    let width = table.width();
    let mut add = vec![0i64; (pieces.len() + 1) * width];
    for p in (0..pieces.len()).rev() {
        let (head, tail) = add.split_at_mut((p + 1) * width);
        let (now, later) = (&mut head[p * width..], &tail[..width]);
        now.copy_from_slice(later);
        let piece = &pieces[p];
        if piece.value > 0 {
            add_piece(now, later, table.bucket(needs[p * dims + t]), piece);
        }
    }
    table.add = add;
    table
}

fn add_piece(now: &mut [i64], later: &[i64], need: usize, piece: &Piece<'_>) {
    if need == 0 {
        now.iter_mut()
            .for_each(|v| *v = v.saturating_add(piece.value.saturating_mul(i64::from(piece.max))));
        return;
    }
    for room in need..now.len() {
        let most = (room / need).min(piece.max as usize);
        let best = (1..=most)
            .map(|n| later[room - n * need].saturating_add(piece.value.saturating_mul(n as i64)))
            .max()
            .unwrap_or(0);
        now[room] = now[room].max(best);
    }
}
