//! A primal simplex method for many small sets under few linking rows.
//!
//! Minimise `cost·x` over columns `x >= 0` such that the linking rows hold with equality (slacks are columns of their own) and, for
//! each set, its columns sum to the set's size. A basis then has one *key* column for each set, and a working basis no larger than the
//! number of linking rows: generalised upper bounding (Dantzig and Van Slyke, 1967). Sets cost next to nothing, however many.
//!
//! Everything here is floating point and steers; what it finds is proved elsewhere.

use std::sync::Arc;

use smallvec::SmallVec;

/// A column that is in no set.
pub(crate) const FREE: u32 = u32::MAX;
const TOLERANCE: f64 = 1e-9;
const PIVOT: f64 = 1e-7;
/// A direction is sparse if this times its entries are fewer than its rows.
const SPARSE: usize = 6;

/// Coefficients in the linking rows.
pub(crate) type Entries = SmallVec<[(u32, f64); 10]>;

/// A column: its set, its cost, and its coefficients in the linking rows.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) set: u32,
    pub(crate) cost: f64,
    pub(crate) entries: Entries,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Out,
    Working(u32),
    Key,
}

/// What leaves the basis.
enum Leaving {
    Working(usize),
    Key(u32),
}

/// The program and its current basis.
#[derive(Debug, Clone)]
pub(crate) struct Simplex {
    rows: usize,
    rhs: Vec<f64>,
    sizes: Vec<f64>,
    columns: Arc<Vec<Column>>,
    place: Vec<Place>,
    /// Columns that must be zero.
    banned: Vec<bool>,
    /// The key column of each set, and its value.
    keys: Vec<u32>,
    key_values: Vec<f64>,
    /// The working column of each row, and its value.
    basis: Vec<u32>,
    values: Vec<f64>,
    /// The rows whose working column is in each set.
    members: Vec<SmallVec<[u32; 4]>>,
    /// Inverse of the working basis, column by column.
    inverse: Vec<f64>,
    prices: Vec<f64>,
    pivots_since: usize,
    /// Where the next partial scan for entering columns starts.
    work: u64,
    // Scratch.
    direction: Vec<f64>,
    rates: Vec<f64>,
    touched: Vec<u32>,
    moving: Vec<u32>,
}

impl Simplex {
    /// A program with the given right-hand sides and set sizes. Each row starts with its `start` column, each set with its `key` column;
    /// these must form a feasible basis, each start column having the coefficient 1 or -1 in its row alone and, in a set, a key that is
    /// empty.
    pub(crate) fn new(rhs: Vec<f64>, sizes: Vec<f64>, columns: Vec<Column>, starts: &[u32], keys: Vec<u32>) -> Self {
        let rows = rhs.len();
        let mut simplex = Simplex {
            rows,
            members: vec![SmallVec::new(); sizes.len()],
            key_values: sizes.clone(),
            rates: vec![0.0; sizes.len()],
            place: vec![Place::Out; columns.len()],
            banned: vec![false; columns.len()],
            basis: starts.to_vec(),
            values: vec![0.0; rows],
            inverse: vec![0.0; rows * rows],
            prices: vec![0.0; rows],
            direction: vec![0.0; rows],
            pivots_since: 0,
            work: 0,
            touched: Vec::new(),
            moving: Vec::new(),
            rhs,
            sizes,
            columns: Arc::new(columns),
            keys,
        };
        for &key in &simplex.keys {
            simplex.place[key as usize] = Place::Key;
        }
        for (row, &start) in starts.iter().enumerate() {
            simplex.place[start as usize] = Place::Working(row as u32);
            let set = simplex.columns[start as usize].set;
            if set != FREE {
                simplex.members[set as usize].push(row as u32);
            }
        }
        simplex.refactor();
        simplex
    }

    /// About how many bytes a copy takes.
    pub(crate) fn size(&self) -> usize {
        self.inverse.len() * size_of::<f64>() + self.columns.len() * (size_of::<Column>() + size_of::<Place>())
    }

    /// Adds a column outside the basis.
    pub(crate) fn add(&mut self, column: Column) -> u32 {
        Arc::make_mut(&mut self.columns).push(column);
        self.place.push(Place::Out);
        self.banned.push(false);
        self.columns.len() as u32 - 1
    }

    /// Adds rows `coefficients · x <= limit` over the present columns. The slack of each, so far without entries, becomes basic. Call
    /// [`Simplex::repair`] then.
    pub(crate) fn add_rows(&mut self, rows: &[(Vec<(u32, f64)>, f64)], slacks: std::ops::Range<u32>) {
        let columns = Arc::make_mut(&mut self.columns);
        for ((row, (coefficients, limit)), slack) in (self.rows as u32..).zip(rows).zip(slacks) {
            for &(column, a) in coefficients {
                columns[column as usize].entries.push((row, a));
            }
            columns[slack as usize].entries.push((row, 1.0));
            self.place[slack as usize] = Place::Working(row);
            self.banned[slack as usize] = false;
            self.basis.push(slack);
            self.rhs.push(*limit);
        }
        self.rows += rows.len();
        let m = self.rows;
        self.values.resize(m, 0.0);
        self.prices.resize(m, 0.0);
        self.direction.resize(m, 0.0);
        self.inverse = vec![0.0; m * m];
        self.refactor();
    }

    /// How many linking rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The value of the working column of a row.
    pub(crate) fn working_value(&self, row: usize) -> f64 {
        self.values[row]
    }

    /// The coefficients of a column in the linking rows.
    pub(crate) fn entries(&self, column: u32) -> &Entries {
        &self.columns[column as usize].entries
    }

    /// The set of a column, or [`FREE`].
    pub(crate) fn set_of(&self, column: u32) -> u32 {
        self.columns[column as usize].set
    }

    /// What the linking rows and the sets are multiplied by to give a row of the tableau.
    pub(crate) fn tableau(&self, row: usize) -> (Vec<f64>, Vec<f64>) {
        let rows: Vec<f64> = (0..self.rows).map(|r| self.inverse[r * self.rows + row]).collect();
        let across = |&key: &u32| {
            let entries = &self.columns[key as usize].entries;
            -entries.iter().map(|&(r, a)| rows[r as usize] * a).sum::<f64>()
        };
        let sets = self.keys.iter().map(across).collect();
        (rows, sets)
    }

    /// From now on the column must be zero, or may be anything again. Call [`Simplex::repair`] after a ban.
    pub(crate) fn ban(&mut self, column: u32, banned: bool) {
        self.banned[column as usize] = banned;
    }

    pub(crate) fn banned(&self, column: u32) -> bool {
        self.banned[column as usize]
    }

    /// Changes a right-hand side. Call [`Simplex::repair`] after the last change.
    pub(crate) fn set_rhs(&mut self, row: usize, rhs: f64) {
        self.rhs[row] = rhs;
    }

    /// Changes the size of a set. Call [`Simplex::repair`] after the last change.
    pub(crate) fn set_size(&mut self, set: usize, size: f64) {
        self.sizes[set] = size;
    }

    /// Changes the cost of a column. Call [`Simplex::reprice`] after the last change.
    pub(crate) fn set_cost(&mut self, column: u32, cost: f64) {
        Arc::make_mut(&mut self.columns)[column as usize].cost = cost;
    }

    pub(crate) fn cost(&self, column: u32) -> f64 {
        self.columns[column as usize].cost
    }

    pub(crate) fn prices(&self) -> &[f64] {
        &self.prices
    }

    /// Work done since the last call.
    pub(crate) fn take_work(&mut self) -> u64 {
        std::mem::take(&mut self.work)
    }

    /// The value of a column in the current solution.
    pub(crate) fn value(&self, column: u32) -> f64 {
        match self.place[column as usize] {
            Place::Out => 0.0,
            Place::Working(row) => self.values[row as usize],
            Place::Key => self.key_values[self.columns[column as usize].set as usize],
        }
    }

    /// The value of the objective.
    pub(crate) fn objective(&self) -> f64 {
        let working: f64 = self
            .basis
            .iter()
            .zip(&self.values)
            .map(|(&c, v)| self.columns[c as usize].cost * v)
            .sum();
        let keys: f64 = self
            .keys
            .iter()
            .zip(&self.key_values)
            .map(|(&c, v)| self.columns[c as usize].cost * v)
            .sum();
        working + keys
    }

    /// Pivots until no column improves, or until `pivots` are done. Returns whether it is optimal.
    pub(crate) fn optimise(&mut self, pivots: usize) -> bool {
        let mut done = 0;
        let mut fresh = self.pivots_since == 0;
        loop {
            let candidates = self.candidates();
            if candidates.is_empty() {
                if fresh {
                    return true;
                }
                self.refactor();
                fresh = true;
                continue;
            }
            fresh = false;
            for column in candidates {
                let reduced = self.reduced_cost(column);
                if reduced < -TOLERANCE && self.place[column as usize] == Place::Out {
                    done += 1;
                    self.pivot(column, reduced);
                }
            }
            if done >= pivots {
                return false;
            }
            if self.pivots_since > 150 + self.rows / 2 {
                self.refactor();
            }
        }
    }

    /// The most promising columns, at most one for each set, best first.
    fn candidates(&mut self) -> Vec<u32> {
        let mut best: Vec<(f64, u32)> = Vec::new();
        let mut set_price = vec![f64::NAN; self.sizes.len()];
        let mut of_set: Vec<u32> = vec![u32::MAX; self.sizes.len()];
        let mut visited = 0;
        for c in 0..self.columns.len() {
            if self.place[c] != Place::Out || self.banned[c] {
                continue;
            }
            let column = &self.columns[c];
            visited += column.entries.len() as u64 + 1;
            let mut reduced = column.cost - self.dot(&column.entries);
            if column.set != FREE {
                let s = column.set as usize;
                if set_price[s].is_nan() {
                    set_price[s] = self.set_price(s);
                }
                reduced -= set_price[s];
            }
            if reduced < -TOLERANCE {
                let slot = if column.set == FREE {
                    u32::MAX
                } else {
                    of_set[column.set as usize]
                };
                if slot == u32::MAX {
                    if column.set != FREE {
                        of_set[column.set as usize] = best.len() as u32;
                    }
                    best.push((reduced, c as u32));
                } else if reduced < best[slot as usize].0 {
                    best[slot as usize] = (reduced, c as u32);
                }
            }
        }
        self.work += visited;
        best.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        best.truncate(12 + self.rows / 8);
        best.into_iter().map(|(_, c)| c).collect()
    }

    fn dot(&self, entries: &Entries) -> f64 {
        entries.iter().map(|&(r, a)| self.prices[r as usize] * a).sum()
    }

    /// What one unit of a set is worth at the current prices.
    pub(crate) fn set_price(&self, set: usize) -> f64 {
        let key = &self.columns[self.keys[set] as usize];
        key.cost - self.dot(&key.entries)
    }

    /// The reduced cost of a column at the current prices.
    pub(crate) fn reduced_cost(&self, column: u32) -> f64 {
        let column = &self.columns[column as usize];
        let set = if column.set == FREE {
            0.0
        } else {
            self.set_price(column.set as usize)
        };
        column.cost - self.dot(&column.entries) - set
    }

    /// After bans or changes of right-hand sides and sizes: restores a feasible basis by the dual method, from an optimal one. Returns
    /// whether it succeeded.
    pub(crate) fn repair(&mut self, pivots: usize) -> bool {
        self.revalue();
        let mut stuck = 0;
        for _ in 0..pivots {
            let Some(leaving) = self.violated() else {
                return true;
            };
            if !self.dual_pivot(leaving) {
                self.refactor();
                stuck += 1;
                if stuck > 3 {
                    return false;
                }
            }
            if self.pivots_since > 150 + self.rows / 2 {
                self.refactor();
            }
        }
        false
    }

    /// The basic column that most needs to leave.
    fn violated(&self) -> Option<Leaving> {
        let need = |column: u32, value: f64| {
            if self.banned[column as usize] {
                value.abs() + 1e-8
            } else {
                -value
            }
        };
        let (mut worst, mut leaving) = (1e-9, None);
        for (row, (&c, &v)) in self.basis.iter().zip(&self.values).enumerate() {
            if need(c, v) > worst {
                (worst, leaving) = (need(c, v), Some(Leaving::Working(row)));
            }
        }
        for (s, (&c, &v)) in self.keys.iter().zip(&self.key_values).enumerate() {
            if need(c, v) > worst {
                (worst, leaving) = (need(c, v), Some(Leaving::Key(s as u32)));
            }
        }
        leaving
    }

    fn dual_pivot(&mut self, leaving: Leaving) -> bool {
        match leaving {
            Leaving::Working(row) => self.dual_replace(row),
            Leaving::Key(s) if self.members[s as usize].is_empty() => self.dual_swap(s),
            Leaving::Key(s) => {
                self.direction.iter_mut().for_each(|d| *d = 0.0);
                let old = self.key_values[s as usize];
                let row = self.promote(s, false);
                self.values[row] = old;
                self.dual_replace(row)
            }
        }
    }

    /// The lone key of a set makes way for the cheapest other column of the set.
    fn dual_swap(&mut self, set: u32) -> bool {
        let (mut best, mut entering) = (f64::INFINITY, None);
        for c in 0..self.columns.len() {
            if self.columns[c].set == set && self.place[c] == Place::Out && !self.banned[c] {
                let reduced = self.reduced_cost(c as u32);
                if reduced < best {
                    (best, entering) = (reduced, Some(c as u32));
                }
            }
        }
        self.work += self.columns.len() as u64 / 4;
        let Some(entering) = entering else { return false };
        let step = self.key_values[set as usize];
        self.point(entering);
        for (v, d) in self.values.iter_mut().zip(&self.direction) {
            *v -= step * d;
        }
        for row in 0..self.rows {
            let s = self.columns[self.basis[row] as usize].set;
            if s != FREE {
                self.key_values[s as usize] += step * self.direction[row];
            }
        }
        self.swap_key(set, entering, step);
        self.pivots_since += 1;
        true
    }

    fn dual_replace(&mut self, row: usize) -> bool {
        // A banned column may leave from either side; anything else leaves from below.
        let value = self.values[row];
        let entering = self.dual_entering(row, value > 0.0).or_else(|| {
            let either = self.banned[self.basis[row] as usize] && value.abs() < 1e-6;
            if either {
                self.dual_entering(row, value <= 0.0)
            } else {
                None
            }
        });
        let Some((entering, reduced)) = entering else {
            return false;
        };
        self.point(entering);
        if self.direction[row].abs() < PIVOT {
            return false;
        }
        let set = self.columns[entering as usize].set;
        self.rate_keys(set);
        let step = self.values[row] / self.direction[row];
        self.move_by(step);
        self.replace(row, entering, step, reduced);
        self.pivots_since += 1;
        true
    }

    /// The column whose entering in a row keeps all reduced costs non-negative.
    fn dual_entering(&mut self, row: usize, from_above: bool) -> Option<(u32, f64)> {
        let m = self.rows;
        let across: Vec<f64> = (0..m).map(|r| self.inverse[r * m + row]).collect();
        let dot = |entries: &Entries| -> f64 { entries.iter().map(|&(r, a)| across[r as usize] * a).sum() };
        let mut of_set: Vec<(f64, f64)> = vec![(f64::NAN, 0.0); self.sizes.len()];
        let (mut best, mut best_pivot, mut entering) = (f64::INFINITY, 0.0, None);
        let mut visited = 0;
        for c in 0..self.columns.len() {
            if self.place[c] != Place::Out || self.banned[c] {
                continue;
            }
            let column = &self.columns[c];
            visited += column.entries.len() as u64 + 1;
            let mut alpha = dot(&column.entries);
            let mut price = 0.0;
            if column.set != FREE {
                let s = column.set as usize;
                if of_set[s].0.is_nan() {
                    of_set[s] = (dot(&self.columns[self.keys[s] as usize].entries), self.set_price(s));
                }
                alpha -= of_set[s].0;
                price = of_set[s].1;
            }
            let pivot = if from_above { alpha } else { -alpha };
            if pivot > 1e-7 {
                let reduced = (column.cost - self.dot(&column.entries) - price).max(0.0);
                let ratio = reduced / pivot;
                if ratio < best - 1e-10 || (ratio < best + 1e-10 && pivot > best_pivot) {
                    (best, best_pivot, entering) = (ratio, pivot, Some((c as u32, reduced)));
                }
            }
        }
        self.work += visited;
        entering
    }

    fn pivot(&mut self, entering: u32, reduced: f64) {
        self.point(entering);
        let set = self.columns[entering as usize].set;
        self.rate_keys(set);
        let (step, leaving) = self.ratio_test();
        let Some(leaving) = leaving else { return };
        self.move_by(step);
        match leaving {
            Leaving::Working(row) => self.replace(row, entering, step, reduced),
            Leaving::Key(s) if self.members[s as usize].is_empty() => self.swap_key(s, entering, step),
            Leaving::Key(s) => {
                let row = self.promote(s, set == s);
                self.replace(row, entering, step, reduced);
            }
        }
        self.pivots_since += 1;
    }

    /// Computes how the working columns change per unit of the entering one.
    fn point(&mut self, entering: u32) {
        self.direction.iter_mut().for_each(|v| *v = 0.0);
        let column = &self.columns[entering as usize];
        let key = (column.set != FREE).then(|| &self.columns[self.keys[column.set as usize] as usize]);
        let minus = key.into_iter().flat_map(|k| k.entries.iter().map(|&(r, a)| (r, -a)));
        for (r, a) in column.entries.iter().copied().chain(minus) {
            let inverse = &self.inverse[r as usize * self.rows..][..self.rows];
            self.direction.iter_mut().zip(inverse).for_each(|(d, i)| *d += a * i);
            self.work += self.rows as u64 / 4;
        }
    }

    /// Computes how fast the key of each touched set shrinks.
    fn rate_keys(&mut self, set: u32) {
        for s in self.touched.drain(..) {
            self.rates[s as usize] = 0.0;
        }
        for row in 0..self.rows {
            let s = self.columns[self.basis[row] as usize].set;
            if s != FREE && self.direction[row] != 0.0 {
                if self.rates[s as usize] == 0.0 {
                    self.touched.push(s);
                }
                self.rates[s as usize] -= self.direction[row];
            }
        }
        if set != FREE {
            self.touched.push(set);
            self.rates[set as usize] += 1.0;
        }
        self.touched.sort_unstable();
        self.touched.dedup();
    }

    /// How far the entering column can grow, and what then leaves: among near ties the one with the largest pivot.
    fn ratio_test(&self) -> (f64, Option<Leaving>) {
        let slack = 1e-9;
        let mut limit = f64::INFINITY;
        for (v, d) in self.values.iter().zip(&self.direction).filter(|(_, d)| **d > PIVOT) {
            limit = limit.min((v.max(0.0) + slack) / d);
        }
        for &s in self.touched.iter().filter(|&&s| self.rates[s as usize] > PIVOT) {
            limit = limit.min((self.key_values[s as usize].max(0.0) + slack) / self.rates[s as usize]);
        }
        let (mut pivot, mut step, mut leaving) = (0.0, 0.0, None);
        for (row, (v, &d)) in self.values.iter().zip(&self.direction).enumerate() {
            if d > PIVOT && v.max(0.0) / d <= limit && d > pivot {
                (pivot, step, leaving) = (d, v.max(0.0) / d, Some(Leaving::Working(row)));
            }
        }
        for &s in &self.touched {
            let (v, d) = (self.key_values[s as usize].max(0.0), self.rates[s as usize]);
            if d > PIVOT && v / d <= limit && d > pivot {
                (pivot, step, leaving) = (d, v / d, Some(Leaving::Key(s)));
            }
        }
        (step, leaving)
    }

    fn move_by(&mut self, step: f64) {
        for (v, d) in self.values.iter_mut().zip(&self.direction) {
            *v -= step * d;
        }
        for &s in &self.touched {
            self.key_values[s as usize] -= step * self.rates[s as usize];
        }
    }

    /// The key of a set leaves and nothing of the set is in the working basis: the entering column takes its place.
    fn swap_key(&mut self, set: u32, entering: u32, step: f64) {
        let old = self.keys[set as usize];
        self.place[old as usize] = Place::Out;
        self.place[entering as usize] = Place::Key;
        self.keys[set as usize] = entering;
        self.key_values[set as usize] = step;
    }

    /// Makes a working column of the set its key, and puts the old key in its row, about to leave.
    fn promote(&mut self, set: u32, same: bool) -> usize {
        let members = std::mem::take(&mut self.members[set as usize]);
        let value = |row: u32| self.values[row as usize];
        let chosen = members
            .iter()
            .copied()
            .reduce(|a, b| if value(b) > value(a) { b } else { a })
            .unwrap_or(0) as usize;
        let mut pivot = if same { 1.0 } else { 0.0 };
        for &row in &members {
            pivot -= self.direction[row as usize];
        }
        for column in self.inverse.chunks_exact_mut(self.rows) {
            column[chosen] = -members.iter().map(|&row| column[row as usize]).sum::<f64>();
        }
        self.direction[chosen] = pivot;
        let (old, new) = (self.keys[set as usize], self.basis[chosen]);
        self.keys[set as usize] = new;
        self.place[new as usize] = Place::Key;
        self.key_values[set as usize] = self.values[chosen];
        self.basis[chosen] = old;
        self.place[old as usize] = Place::Working(chosen as u32);
        self.members[set as usize] = members;
        chosen
    }

    /// The entering column takes the working place of a row.
    fn replace(&mut self, row: usize, entering: u32, step: f64, reduced: f64) {
        let old = self.basis[row];
        self.place[old as usize] = Place::Out;
        let old_set = self.columns[old as usize].set;
        if old_set != FREE {
            self.members[old_set as usize].retain(|r| *r as usize != row);
        }
        let set = self.columns[entering as usize].set;
        if set != FREE {
            self.members[set as usize].push(row as u32);
        }
        self.basis[row] = entering;
        self.place[entering as usize] = Place::Working(row as u32);
        self.values[row] = step;
        self.eliminate(row, reduced);
    }

    /// Updates inverse and prices for a new column in a row.
    fn eliminate(&mut self, row: usize, reduced: f64) {
        let pivot = self.direction[row];
        let mut updated = 0;
        self.moving.clear();
        let rows = (0..).zip(&self.direction);
        self.moving.extend(rows.filter(|(_, d)| **d != 0.0).map(|(r, _)| r));
        let sparse = self.moving.len() * SPARSE < self.rows;
        for (column, price) in self.inverse.chunks_exact_mut(self.rows).zip(&mut self.prices) {
            let factor = column[row] / pivot;
            if factor != 0.0 {
                updated += 1;
                if sparse {
                    let direction = &self.direction;
                    let moving = self.moving.iter().map(|&r| r as usize);
                    moving.for_each(|r| column[r] -= factor * direction[r]);
                } else {
                    for (c, d) in column.iter_mut().zip(&self.direction) {
                        *c -= factor * d;
                    }
                }
                column[row] = factor;
                *price += reduced * factor;
            }
        }
        self.work += (updated * self.rows as u64) / 4 + self.rows as u64;
    }

    /// The working basis column of a row: less its set's key, if it is in a set.
    fn working_column(&self, row: usize, dense: &mut [f64]) {
        dense.iter_mut().for_each(|v| *v = 0.0);
        let column = &self.columns[self.basis[row] as usize];
        for &(r, a) in &column.entries {
            dense[r as usize] += a;
        }
        if column.set != FREE {
            for &(r, a) in &self.columns[self.keys[column.set as usize] as usize].entries {
                dense[r as usize] -= a;
            }
        }
    }

    /// Computes inverse, values and prices afresh.
    fn refactor(&mut self) {
        self.invert();
        self.revalue();
        self.reprice();
        self.pivots_since = 0;
    }

    /// Rebuilds the inverse by bringing the working columns in one by one, sparse ones first. The rows they take are permuted as is
    /// best for the pivots.
    fn invert(&mut self) {
        let m = self.rows;
        self.inverse.iter_mut().for_each(|v| *v = 0.0);
        for r in 0..m {
            self.inverse[r * m + r] = 1.0;
        }
        let mut order: Vec<(usize, usize)> = Vec::with_capacity(m);
        let mut dense = vec![0.0; m];
        for row in 0..m {
            self.working_column(row, &mut dense);
            order.push((dense.iter().filter(|v| **v != 0.0).count(), row));
        }
        order.sort_unstable();
        let old_basis = self.basis.clone();
        let mut taken = vec![false; m];
        for (_, row) in order {
            self.working_column(row, &mut dense);
            self.bring_in(&dense, &mut taken, old_basis[row]);
        }
        self.settle();
    }

    /// Takes over the rows that the inversion has given to the columns.
    fn settle(&mut self) {
        self.members.iter_mut().for_each(SmallVec::clear);
        let old = std::mem::take(&mut self.basis);
        self.basis = vec![0; self.rows];
        for column in old {
            if let Place::Working(row) = self.place[column as usize] {
                self.basis[row as usize] = column;
                let set = self.columns[column as usize].set;
                if set != FREE {
                    self.members[set as usize].push(row);
                }
            }
        }
    }

    fn bring_in(&mut self, dense: &[f64], taken: &mut [bool], column: u32) {
        let m = self.rows;
        self.direction.iter_mut().for_each(|v| *v = 0.0);
        for (r, &a) in dense.iter().enumerate().filter(|(_, a)| **a != 0.0) {
            let inverse = &self.inverse[r * m..][..m];
            self.direction.iter_mut().zip(inverse).for_each(|(d, i)| *d += a * i);
            self.work += m as u64 / 4;
        }
        let free = (0..m).filter(|&r| !taken[r]);
        let row = free.reduce(|a, b| {
            if self.direction[b].abs() > self.direction[a].abs() {
                b
            } else {
                a
            }
        });
        let Some(row) = row else { return };
        taken[row] = true;
        self.place[column as usize] = Place::Working(row as u32);
        self.eliminate(row, 0.0);
    }

    /// Computes the values of the basic columns from the right-hand sides.
    fn revalue(&mut self) {
        let (m, mut rest) = (self.rows, self.rhs.clone());
        for (s, &key) in self.keys.iter().enumerate() {
            for &(r, a) in &self.columns[key as usize].entries {
                rest[r as usize] -= a * self.sizes[s];
            }
        }
        self.values.iter_mut().for_each(|v| *v = 0.0);
        for (r, &b) in rest.iter().enumerate().filter(|(_, b)| **b != 0.0) {
            let inverse = &self.inverse[r * m..][..m];
            self.values.iter_mut().zip(inverse).for_each(|(v, i)| *v += b * i);
        }
        self.key_values.copy_from_slice(&self.sizes);
        for (&column, v) in self.basis.iter().zip(&self.values) {
            let set = self.columns[column as usize].set;
            if set != FREE {
                self.key_values[set as usize] -= v;
            }
        }
    }

    /// Computes the prices afresh, as after a change of costs.
    pub(crate) fn reprice(&mut self) {
        let m = self.rows;
        let costs: Vec<f64> = self.basis.iter().map(|&c| self.working_cost(c)).collect();
        for (price, column) in self.prices.iter_mut().zip(self.inverse.chunks_exact(m.max(1))) {
            *price = column.iter().zip(&costs).map(|(i, c)| i * c).sum();
        }
        self.work += (m * m) as u64 / 4;
    }

    fn working_cost(&self, column: u32) -> f64 {
        let column = &self.columns[column as usize];
        let key = if column.set == FREE {
            0.0
        } else {
            self.columns[self.keys[column.set as usize] as usize].cost
        };
        column.cost - key
    }
}
