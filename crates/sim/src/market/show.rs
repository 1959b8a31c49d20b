//! What the market shows: hostnodes, locations, instances, secrets.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Market;
use crate::{faults::Fault, host::Host, instance::Instance, refusal::Refusal, reply::Answer};

impl Market {
    pub(super) fn show_hostnodes(&self) -> Answer {
        let entries = self.listed().map(|host| host.entry().clone()).collect();
        Answer::json(200, &self.options.forms.hostnodes.wrap("hostnodes", entries))
    }

    pub(super) fn show_hostnode(&mut self, id: &str, fault: Option<&Fault>) -> Result<Answer, Refusal> {
        let form = self.options.forms.hostnode;
        let host = self.host_mut(id).ok_or(Refusal::NotFound("Hostnode not found"))?;
        match fault {
            Some(Fault::SoldOut) => host.sell_out(),
            Some(Fault::PriceUp { percent }) => host.raise_prices(*percent),
            _ => {}
        }
        Ok(Answer::json(200, &form.wrap(host.detail())))
    }

    pub(super) fn show_instances(&self) -> Answer {
        let forms = self.options.forms;
        let entries = self
            .instances
            .iter()
            .map(|instance| instance.show(forms.case))
            .collect();
        Answer::json(200, &forms.instances.wrap("instances", entries))
    }

    pub(super) fn show_instance(&self, id: &str) -> Result<Answer, Refusal> {
        let forms = self.options.forms;
        let shown = self.find(id)?.show(forms.case);
        Ok(Answer::json(200, &forms.instance.wrap(shown)))
    }

    pub(super) fn show_secrets(&self) -> Answer {
        let keys = self.options.ssh_keys.iter();
        let secrets: Vec<Value> = keys
            .map(|id| json!({ "type": "SSHKEY", "id": id, "name": id }))
            .collect();
        Answer::json(200, &json!({ "data": { "secrets": secrets } }))
    }

    /// Hosts by location, each with the best that it offers of each model.
    pub(super) fn show_locations(&self) -> Answer {
        let mut places: BTreeMap<&str, Vec<&Host>> = BTreeMap::new();
        for host in self.listed() {
            if let Some(id) = host.location_id() {
                places.entry(id).or_default().push(host);
            }
        }
        let locations: Vec<Value> = places.iter().map(|(id, hosts)| location(id, hosts)).collect();
        Answer::json(200, &json!({ "data": { "locations": locations } }))
    }

    pub(super) fn find(&self, id: &str) -> Result<&Instance, Refusal> {
        let found = self.instances.iter().find(|instance| instance.id == id);
        found.ok_or(Refusal::NotFound("Instance not found"))
    }

    fn listed(&self) -> impl Iterator<Item = &Host> {
        self.hosts.iter().filter(|host| !host.withdrawn)
    }
}

fn location(id: &str, hosts: &[&Host]) -> Value {
    let gpus: Vec<Value> = hosts.iter().flat_map(|host| models(host)).collect();
    let place = hosts.first().and_then(|host| host.entry().get("location"));
    let field = |name: &str| place.and_then(|place| place.get(name));
    json!({
        "id": id, "city": field("city"), "stateprovince": field("stateprovince"),
        "country": field("country"), "tier": field("tier"), "gpus": gpus,
    })
}

fn models(host: &Host) -> Vec<Value> {
    let Some(shelf) = host.shelf() else {
        return Vec::new();
    };
    let limits = shelf.limits;
    let show = |offer: &crate::shelf::Offer| {
        json!({
            "v0Name": offer.model, "max_count": host.free_gpus(&offer.model),
            "price_per_hr": offer.price.to_json(),
            "resources": {
                "max_vcpus": limits.vcpu.unwrap_or_default(),
                "max_ram_gb": limits.ram_gb.unwrap_or_default(),
                "max_storage_gb": limits.storage_gb.unwrap_or_default(),
            },
            "pricing": {
                "per_vcpu_hr": shelf.prices.vcpu.to_json(),
                "per_gb_ram_hr": shelf.prices.ram_gb.to_json(),
                "per_gb_storage_hr": shelf.prices.storage_gb.to_json(),
            },
            "network_features": {
                "dedicated_ip_available": shelf.public_ip, "port_forwarding_available": true,
                "network_storage_available": false,
            },
        })
    };
    shelf.offers.iter().map(show).collect()
}
