//! The GPUs that a host offers: a list, or a map by model, in any spelling.
//!
//! Of several spellings of one field the first in the list of names counts, even if it can't be read.

use std::borrow::Cow;

use super::host::object;
use crate::json::{Scalar, Scan, Scanned, Text};

const NAMES: [&str; 3] = ["v0Name", "gpuV0Name", "displayName"];
const COUNTS: [&str; 5] = ["availableCount", "available_count", "count", "amount", "max_count"];
const PRICES: [&str; 4] = ["price_per_hr", "pricePerHr", "price", "price_per_hour"];

/// One offer as it stands.
#[derive(Debug, Default)]
pub(super) struct Gpu<'a> {
    key: Option<Text<'a>>,
    name: Ranked<'a>,
    free: Ranked<'a>,
    price: Ranked<'a>,
}

/// A field with several spellings: the best one seen.
#[derive(Debug, Default)]
struct Ranked<'a>(Option<(usize, Scalar<'a>)>);

impl<'a> Ranked<'a> {
    fn offer(&mut self, rank: usize, value: Scalar<'a>) {
        if self.0.is_none_or(|(best, _)| rank <= best) {
            self.0 = Some((rank, value));
        }
    }

    fn value(&self) -> Option<Scalar<'a>> {
        self.0.map(|(_, value)| value)
    }
}

impl<'a> Gpu<'a> {
    /// The model's name. The key of a map stands in before the name that is made for display.
    pub fn model(&self) -> Option<Cow<'a, str>> {
        let by_key = || self.key.map(Scalar::Text);
        match self.name.0 {
            Some((rank, value)) if rank < NAMES.len() - 1 => value.text(),
            Some((_, display)) => by_key().unwrap_or(display).text(),
            None => by_key().and_then(Scalar::text),
        }
    }

    /// How many are free.
    pub fn free(&self) -> Option<Scalar<'a>> {
        self.free.value()
    }

    /// What one costs.
    pub fn price(&self) -> Option<Scalar<'a>> {
        self.price.value()
    }
}

/// The offers; `None` where there is neither list nor map.
pub(super) fn gpus<'a>(scan: &mut Scan<'a>) -> Scanned<Option<Vec<Gpu<'a>>>> {
    let mut gpus = Vec::new();
    match scan.peek() {
        Some(b'[') => scan.items(|scan| {
            let mut gpu = None;
            object(scan, &mut gpu, member)?;
            gpus.extend(gpu);
            Ok(())
        })?,
        Some(b'{') => scan.members(|scan, key| {
            let mut gpu = None;
            object(scan, &mut gpu, member)?;
            gpus.extend(gpu.map(|gpu: Gpu<'a>| Gpu { key: Some(key), ..gpu }));
            Ok(())
        })?,
        _ => {
            scan.value()?;
            return Ok(None);
        }
    }
    Ok(Some(gpus))
}

fn member<'a>(gpu: &mut Gpu<'a>, scan: &mut Scan<'a>, key: Text<'a>) -> Scanned<()> {
    let key = key.resolve();
    let rank = |names: &[&str]| names.iter().position(|name| *name == key);
    if let Some(rank) = rank(&NAMES) {
        gpu.name.offer(rank, scan.scalar()?);
    } else if let Some(rank) = rank(&COUNTS) {
        gpu.free.offer(rank, scan.scalar()?);
    } else if let Some(rank) = rank(&PRICES) {
        gpu.price.offer(rank, scan.scalar()?);
    } else if key == "pricing" {
        let mut nested = None;
        object(scan, &mut nested, |price: &mut Option<Scalar<'a>>, scan, key| {
            if key.is("per_gpu_hr") {
                scan.scalar().map(|value| *price = Some(value))
            } else {
                scan.value().map(drop)
            }
        })?;
        if let Some(price) = nested.flatten() {
            gpu.price.offer(PRICES.len(), price);
        }
    } else {
        scan.value()?;
    }
    Ok(())
}
