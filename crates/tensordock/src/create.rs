//! The body of a create call.

use std::collections::BTreeMap;

use gpu_place_core::fleet::HostId;
use gpu_place_core::plan::Placement;
use gpu_place_core::ports::PortForward;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::launch::{Launch, SshKey};

/// How an instance is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Network {
    /// Ports of the host's shared address lead to it.
    Forwards(Vec<PortForward>),
    /// It has an address of its own.
    PublicIp,
}

/// Everything that a create call says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateRequest {
    /// The instance's name: the only thing to find it again by.
    pub name: String,
    /// The host it shall run on.
    pub host_id: HostId,
    /// The GPU model, as the provider writes it.
    pub gpu: String,
    /// GPUs.
    pub gpu_count: u32,
    /// vCPUs.
    pub vcpu_count: u64,
    /// GB of RAM.
    pub ram_gb: u64,
    /// GB of storage.
    pub storage_gb: u64,
    /// How it is reached.
    pub network: Network,
    /// Image, key and first steps.
    pub launch: Launch,
}

impl CreateRequest {
    /// The request that makes a placement real.
    pub fn new(name: &str, placement: &Placement, public_ip: bool, launch: Launch) -> CreateRequest {
        let network = if public_ip {
            Network::PublicIp
        } else {
            Network::Forwards(placement.port_forwards.clone())
        };
        CreateRequest {
            name: name.to_owned(),
            host_id: placement.host_id.clone(),
            gpu: placement.gpu.clone(),
            gpu_count: placement.gpu_count,
            vcpu_count: placement.vcpu_count,
            ram_gb: placement.ram_gb,
            storage_gb: placement.storage_gb,
            network,
            launch,
        }
    }

    /// The body of the call, as JSON.
    pub fn to_json(&self) -> String {
        // Strings and numbers under string keys: nothing in it can fail to be JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Resources<'a> {
    vcpu_count: u64,
    ram_gb: u64,
    storage_gb: u64,
    gpus: BTreeMap<&'a str, Gpus>,
}

#[derive(Serialize)]
struct Gpus {
    count: u32,
}

/// The fields in the order of the provider's documentation, its mixed casing included.
struct Attributes<'a>(&'a CreateRequest);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let CreateRequest { launch, .. } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.0.name)?;
        map.serialize_entry("type", "virtualmachine")?;
        map.serialize_entry("image", launch.image())?;
        map.serialize_entry("resources", &self.0.resources())?;
        map.serialize_entry("hostnode_id", &self.0.host_id)?;
        match &self.0.network {
            Network::PublicIp => map.serialize_entry("useDedicatedIp", &true)?,
            Network::Forwards(ports) => map.serialize_entry("port_forwards", ports)?,
        }
        match launch.key() {
            Some(SshKey::Text(text)) => map.serialize_entry("ssh_key", text.trim())?,
            Some(SshKey::Id(id)) => map.serialize_entry("ssh_key_id", id.trim())?,
            None => {}
        }
        if let Some(cloud_init) = launch.cloud_init() {
            map.serialize_entry("cloud_init", cloud_init)?;
        }
        map.end()
    }
}

impl CreateRequest {
    fn resources(&self) -> Resources<'_> {
        Resources {
            vcpu_count: self.vcpu_count,
            ram_gb: self.ram_gb,
            storage_gb: self.storage_gb,
            gpus: BTreeMap::from([(self.gpu.as_str(), Gpus { count: self.gpu_count })]),
        }
    }
}

impl Serialize for CreateRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Data<'a> {
            r#type: &'static str,
            attributes: Attributes<'a>,
        }
        let data = Data {
            r#type: "virtualmachine",
            attributes: Attributes(self),
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("data", &data)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use gpu_place_core::ports::Port;
    use serde_json::json;

    use super::*;
    use crate::launch::CloudInit;

    fn request(network: Network, launch: Launch) -> CreateRequest {
        CreateRequest {
            name: "my-vm".into(),
            host_id: HostId::new("hn-1"),
            gpu: "geforcertx4090-pcie-24gb".into(),
            gpu_count: 1,
            vcpu_count: 8,
            ram_gb: 32,
            storage_gb: 200,
            network,
            launch,
        }
    }

    fn body(request: &CreateRequest) -> serde_json::Value {
        serde_json::from_str(&request.to_json()).unwrap()
    }

    #[test]
    fn the_documented_body() {
        let port = |n| Port::new(n).unwrap();
        let forwards = vec![PortForward {
            internal_port: port(22),
            external_port: port(20000),
        }];
        let cloud_init = CloudInit {
            runcmd: vec!["echo hi".into()],
            ..CloudInit::default()
        };
        let key = SshKey::Text("ssh-ed25519 AAAA me\n".into());
        let launch = Launch::new("ubuntu2404", Some(key), Some(cloud_init)).unwrap();
        let expected = json!({"data":{"type":"virtualmachine","attributes":{
            "name":"my-vm","type":"virtualmachine","image":"ubuntu2404",
            "resources":{"vcpu_count":8,"ram_gb":32,"storage_gb":200,"gpus":{"geforcertx4090-pcie-24gb":{"count":1}}},
            "hostnode_id":"hn-1","port_forwards":[{"internal_port":22,"external_port":20000}],
            "ssh_key":"ssh-ed25519 AAAA me","cloud_init":{"runcmd":["echo hi"]}}}});
        assert_eq!(body(&request(Network::Forwards(forwards), launch)), expected);
    }

    #[test]
    fn a_public_ip_takes_the_place_of_ports() {
        let launch = Launch::new("windows10", None, None).unwrap();
        let body = body(&request(Network::PublicIp, launch));
        let attributes = &body["data"]["attributes"];
        assert_eq!(attributes["useDedicatedIp"], true);
        for absent in ["port_forwards", "ssh_key", "ssh_key_id", "cloud_init"] {
            assert!(attributes.get(absent).is_none(), "{absent}");
        }
    }
}
