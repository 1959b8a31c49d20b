//! Deleting, starting, stopping and modifying machines.

use serde_json::{Value, json};

use super::Market;
use crate::{
    host::Claim,
    instance::{Instance, Status},
    money::whole,
    refusal::Refusal,
    reply::Answer,
};

impl Market {
    pub(super) fn delete(&mut self, id: &str) -> Result<Answer, Refusal> {
        let (now, gone) = (self.now, self.now.saturating_add(self.options.delete_time));
        let instance = self.find_mut(id)?;
        if instance.status != Status::Deleting {
            instance.turn(now, Status::Deleting, gone, Status::Gone);
        }
        self.advance_instances(now);
        Ok(success("Instance deleted successfully"))
    }

    pub(super) fn start(&mut self, id: &str) -> Result<Answer, Refusal> {
        let (now, done) = (self.now, self.now.saturating_add(self.options.boot_time));
        let instance = self.find_mut(id)?;
        if instance.status != Status::Stopped {
            return Err(Refusal::Market("Machine is running, therefore it cannot be started"));
        }
        instance.turn(now, Status::Starting, done, Status::Running);
        Ok(state(instance, "starting"))
    }

    pub(super) fn stop(&mut self, id: &str) -> Result<Answer, Refusal> {
        let (now, done) = (self.now, self.now.saturating_add(self.options.boot_time));
        let instance = self.find_mut(id)?;
        if instance.status != Status::Running {
            return Err(Refusal::Market("Machine is stopped, therefore it cannot be stopped"));
        }
        instance.turn(now, Status::Stopping, done, Status::Stopped);
        Ok(state(instance, "stopping"))
    }

    pub(super) fn modify(&mut self, id: &str, body: &[u8]) -> Result<Answer, Refusal> {
        let wish: Value = serde_json::from_slice(body).map_err(|_| Refusal::Plain("Invalid JSON in request body"))?;
        let instance = self.find(id)?;
        if instance.status != Status::Stopped {
            return Err(Refusal::Plain("Instance must be stopped before it is modified"));
        }
        let (old, host_id) = (instance.claim.clone(), instance.host_id.clone());
        let new = changed(&old, &wish)?;
        let host = self.by_id.get(&host_id).and_then(|index| self.hosts.get_mut(*index));
        let host = host.ok_or(Refusal::NO_NODES)?;
        host.give_back(&old);
        let rate = host.rate(&new).filter(|_| host.check(&new).is_ok());
        host.take(if rate.is_some() { &new } else { &old });
        let rate = rate.ok_or(Refusal::NO_NODES_FOR_CONFIGURATION)?;
        let instance = self.find_mut(id)?;
        (instance.claim, instance.rate) = (new, rate);
        Ok(success("Instance modified successfully"))
    }

    fn find_mut(&mut self, id: &str) -> Result<&mut Instance, Refusal> {
        let found = self.instances.iter_mut().find(|instance| instance.id == id);
        found.ok_or(Refusal::NotFound("Instance not found"))
    }
}

/// The claim of a modified machine; sizes that are not named stay.
fn changed(old: &Claim, wish: &Value) -> Result<Claim, Refusal> {
    let size = |name: &str, old: u64| match wish.get(name) {
        None | Some(Value::Null) => Ok(old),
        asked => whole(asked).ok_or(Refusal::Plain("Sizes must be positive numbers")),
    };
    let new = Claim {
        gpus: changed_gpus(old, wish.get("gpus"))?,
        vcpu: size("cpuCores", old.vcpu)?,
        ram_gb: size("ramGb", old.ram_gb)?,
        storage_gb: size("diskGb", old.storage_gb)?,
        ..old.clone()
    };
    if new.vcpu < 2 || !new.vcpu.is_multiple_of(2) {
        return Err(Refusal::Plain("cpuCores must be an even number of at least 2"));
    }
    if new.ram_gb == 0 {
        return Err(Refusal::Plain("ramGb must be positive"));
    }
    if new.storage_gb < old.storage_gb.max(100) {
        return Err(Refusal::Plain("diskGb must be at least 100 and cannot shrink"));
    }
    Ok(new)
}

fn changed_gpus(old: &Claim, wish: Option<&Value>) -> Result<Option<(String, u64)>, Refusal> {
    let Some(wish) = wish.filter(|wish| !wish.is_null()) else {
        return Ok(old.gpus.clone());
    };
    let model = wish.get("gpuV0Name").and_then(Value::as_str);
    let (Some(model), Some(count)) = (model, whole(wish.get("count"))) else {
        return Err(Refusal::Plain("gpus must state gpuV0Name and count"));
    };
    if let Some((had, number)) = &old.gpus
        && (!had.eq_ignore_ascii_case(model) || count < *number)
    {
        return Err(Refusal::Plain("GPUs cannot be removed"));
    }
    Ok((count > 0).then(|| (model.to_owned(), count)))
}

fn success(message: &str) -> Answer {
    Answer::json(
        200,
        &json!({ "data": { "type": "success", "attributes": { "message": message } } }),
    )
}

fn state(instance: &Instance, status: &str) -> Answer {
    let id = instance.id_json();
    Answer::json(
        200,
        &json!({ "data": { "type": "instance", "id": id, "attributes": { "status": status } } }),
    )
}
