//! From a provider's records to a [`Fleet`].

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rust_decimal::Decimal;

use super::host::Stock;
use super::{Fleet, Host, HostId, HostIx, Malformed, Most, Offer, Origin, Place, Resources, SizeSteps, UnitPrices};
use crate::gpu::{Model, ModelIx};
use crate::money::UnitPrice;
use crate::names::{Name, Names};
use crate::ports::PortSet;

/// One host as a provider's reader hands it over: checked values, names still as text.
#[derive(Debug, Clone, Default)]
pub struct HostRecord<'a> {
    /// The provider's id.
    pub id: Cow<'a, str>,
    /// Offers in the host's order.
    pub offers: Vec<OfferRecord<'a>>,
    /// What is free besides GPUs.
    pub free: Resources,
    /// The most that one VM may take.
    pub most: Most,
    /// Prices of what is not a GPU.
    pub prices: UnitPrices,
    /// Free external ports; `None` where they are unknown.
    pub ports: Option<PortSet>,
    /// Uptime in percent; above 100 counts as 100, below 0 as not stated.
    pub uptime: Option<Decimal>,
    /// The provider's tier.
    pub tier: Option<Decimal>,
    /// `location_id` as the host states it.
    pub location_id: Option<Cow<'a, str>>,
    /// The place's own id.
    pub location: Option<Cow<'a, str>>,
    /// City.
    pub city: Option<Cow<'a, str>>,
    /// State or province.
    pub state: Option<Cow<'a, str>>,
    /// Country.
    pub country: Option<Cow<'a, str>>,
    /// The operator's id.
    pub organization: Option<Cow<'a, str>>,
    /// The operator's name.
    pub organization_name: Option<Cow<'a, str>>,
    /// Download speed in Gbit/s.
    pub network_gbps: Option<Decimal>,
    /// Upload speed in Gbit/s.
    pub upload_gbps: Option<Decimal>,
    /// Whether it has network storage.
    pub network_storage: bool,
    /// Whether it has a public IP free.
    pub public_ip: bool,
}

/// GPUs of one model as read. A second offer of a model (whatever the case) on one host is dropped.
#[derive(Debug, Clone)]
pub struct OfferRecord<'a> {
    /// The provider's name of the model.
    pub model: Cow<'a, str>,
    /// GPUs free and the price of one; `None` where that could not be read.
    pub stock: Option<(u64, UnitPrice)>,
}

/// What became of one host object.
#[derive(Debug, Clone)]
pub enum HostReading<'a> {
    /// It could be read.
    Host(Box<HostRecord<'a>>),
    /// It could not.
    Malformed {
        /// Its id, if it has one.
        id: Option<Cow<'a, str>>,
        /// What is wrong with it.
        reason: String,
    },
}

/// Collects hosts and makes a fleet of them.
#[derive(Debug, Default)]
pub struct FleetBuilder {
    hosts: Vec<Host>,
    malformed: Vec<Malformed>,
    vocabulary: Vocabulary,
    /// Every id seen, with the place of its host among `hosts`, or [`UNREAD`].
    seen: HashMap<HostId, HostIx>,
}

/// The place of a host that could not be read.
const UNREAD: HostIx = HostIx(u32::MAX);

/// The models and names of a fleet, each kept once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Vocabulary {
    pub models: Vec<Model>,
    model_by_name: HashMap<String, ModelIx>,
    pub names: Names,
    /// The first place seen of each location.
    places: HashMap<Name, Place>,
}

impl FleetBuilder {
    /// A builder that is ready for so many hosts.
    pub fn with_capacity(hosts: usize) -> FleetBuilder {
        FleetBuilder {
            hosts: Vec::with_capacity(hosts),
            seen: HashMap::with_capacity(hosts),
            ..FleetBuilder::default()
        }
    }

    /// Takes one host. Of two with the same id the first counts and the second is malformed.
    pub fn push(&mut self, reading: HostReading<'_>) {
        let (id, record) = match reading {
            HostReading::Host(record) => (HostId::new(&record.id), record),
            HostReading::Malformed { id, reason } => {
                let id = id.map(|id| HostId::new(&id));
                if let Some(id) = &id {
                    self.seen.entry(id.clone()).or_insert(UNREAD);
                }
                return self.malformed.push(Malformed { id, reason });
            }
        };
        match self.seen.entry(id.clone()) {
            Entry::Occupied(_) => self.malformed.push(Malformed {
                id: Some(id),
                reason: "same id as an earlier host".into(),
            }),
            Entry::Vacant(place) => {
                place.insert(HostIx(self.hosts.len() as u32));
                self.hosts.push(self.vocabulary.host(id, *record));
            }
        }
    }

    /// The fleet of all hosts taken.
    pub fn finish(mut self, steps: SizeSteps, origin: Origin) -> Fleet {
        let places = sort_by_id(&mut self.hosts);
        let mut by_id = self.seen;
        by_id.retain(|_, place| *place != UNREAD);
        by_id.values_mut().for_each(|place| *place = places[place.0 as usize]);
        Fleet {
            by_id,
            hosts: self.hosts,
            malformed: self.malformed,
            vocabulary: self.vocabulary,
            steps,
            origin,
        }
    }
}

/// Sorts hosts by their ids, and tells for each place before which it is now. Hosts are large: each is
/// swapped into its place at once, and no second list is made.
pub(crate) fn sort_by_id(hosts: &mut [Host]) -> Vec<HostIx> {
    let mut order: Vec<(u128, u32)> = hosts.iter().map(|host| host.id.first_bytes()).zip(0..).collect();
    let id = |at: u32| &hosts[at as usize].id;
    order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| id(a.1).cmp(id(b.1))));
    let mut places = vec![HostIx(0); hosts.len()];
    for (now, (_, before)) in (0..).zip(&order) {
        places[*before as usize] = HostIx(now);
    }
    let mut left = places.clone();
    for at in 0..hosts.len() {
        while left[at].0 as usize != at {
            let to = left[at].0 as usize;
            hosts.swap(at, to);
            left.swap(at, to);
        }
    }
    places
}

impl Vocabulary {
    /// The host of a record.
    pub fn host(&mut self, id: HostId, record: HostRecord<'_>) -> Host {
        let place = self.place(&record);
        let mut host = Host {
            id,
            offers: Default::default(),
            free: record.free,
            most: record.most,
            prices: record.prices,
            ports: record.ports,
            uptime: record
                .uptime
                .filter(|u| !u.is_sign_negative() || u.is_zero())
                .map(|u| u.min(Decimal::ONE_HUNDRED)),
            tier: record.tier,
            place,
            network_gbps: record.network_gbps,
            upload_gbps: record.upload_gbps,
            network_storage: record.network_storage,
            public_ip: record.public_ip,
        };
        for offer in &record.offers {
            let model = self.model(&offer.model);
            let known = |o: &Offer| self.models[o.model.0 as usize].folded() == self.models[model.0 as usize].folded();
            if !host.offers.iter().any(known) {
                let stock = offer.stock.map(|(free, price)| Stock { free, price });
                host.offers.push(Offer { model, stock });
            }
        }
        host
    }

    /// Hosts of one location mostly agree in all the rest, which then need not be looked up.
    fn place(&mut self, record: &HostRecord<'_>) -> Place {
        let mut name = |text: &Option<Cow<'_, str>>, guess: Option<Name>| -> Option<Name> {
            let text = text.as_deref().filter(|t| !t.is_empty())?;
            let guess = guess.filter(|guess| self.names.text(*guess) == text);
            Some(guess.unwrap_or_else(|| self.names.intern(text)))
        };
        let location = name(&record.location, None);
        let known = location.and_then(|at| self.places.get(&at).copied());
        let like = known.unwrap_or_default();
        let place = Place {
            location_id: name(&record.location_id, location).or(location),
            location,
            city: name(&record.city, like.city),
            state: name(&record.state, like.state),
            country: name(&record.country, like.country),
            organization: name(&record.organization, like.organization),
            organization_name: name(&record.organization_name, like.organization_name),
        };
        if let (Some(location), None) = (location, known) {
            self.places.insert(location, place);
        }
        place
    }

    /// The model that the provider names so, if any host ever offered it.
    pub fn find_model(&self, name: &str) -> Option<ModelIx> {
        self.model_by_name.get(name).copied()
    }

    fn model(&mut self, name: &str) -> ModelIx {
        if let Some(at) = self.model_by_name.get(name) {
            return *at;
        }
        let at = ModelIx(self.models.len() as u32);
        self.models.push(Model::new(name));
        self.model_by_name.insert(name.to_owned(), at);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str) -> HostReading<'_> {
        HostReading::Host(Box::new(HostRecord {
            id: id.into(),
            ..HostRecord::default()
        }))
    }

    #[test]
    fn hosts_are_sorted_and_a_second_of_the_same_id_is_malformed() {
        let mut builder = FleetBuilder::default();
        for id in ["b", "d", "a", "b", "e", "c"] {
            builder.push(record(id));
        }
        builder.push(HostReading::Malformed {
            id: None,
            reason: "no id".into(),
        });
        let fleet = builder.finish(SizeSteps::ANY, Origin::default());
        let ids = ["a", "b", "c", "d", "e"];
        assert_eq!(fleet.hosts().iter().map(|h| h.id.as_str()).collect::<Vec<_>>(), ids);
        for (at, id) in (0..).zip(ids) {
            assert_eq!(fleet.find(&HostId::new(id)), Some(HostIx(at)));
        }
        assert_eq!(fleet.malformed().len(), 2);
        assert_eq!(fleet.listed(), 7);
    }

    #[test]
    fn the_first_offer_of_a_model_counts_whatever_the_case() {
        let offer = |name: &'static str, free| OfferRecord {
            model: name.into(),
            stock: Some((free, UnitPrice::default())),
        };
        let offers = vec![offer("L4-pcie-24gb", 1), offer("l4-PCIE-24gb", 9)];
        let mut builder = FleetBuilder::default();
        builder.push(HostReading::Host(Box::new(HostRecord {
            id: "a".into(),
            offers,
            ..HostRecord::default()
        })));
        let fleet = builder.finish(SizeSteps::ANY, Origin::default());
        assert_eq!(fleet.hosts()[0].offers.len(), 1);
        assert_eq!(fleet.hosts()[0].offers[0].stock.unwrap().free, 1);
    }
}
