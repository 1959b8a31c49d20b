//! The body of a create call.

use std::collections::BTreeMap;
use std::fmt;

use gpu_place_core::fleet::HostId;
use gpu_place_core::plan::Placement;
use gpu_place_core::ports::PortForward;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

/// The image where none is asked for.
pub const DEFAULT_IMAGE: &str = "ubuntu2404";
/// The port that an Ubuntu image has to be reached at.
const SSH: u16 = 22;

/// The key that an instance lets in.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub enum SshKey {
    /// The text of a public key.
    Text(String),
    /// The id of a key that the account holds.
    Id(String),
}

/// Says which of the two it is, not what it holds.
impl fmt::Debug for SshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SshKey::Text(_) => "Text(…)",
            SshKey::Id(_) => "Id(…)",
        })
    }
}

/// What an instance does when it first starts. The keys are the provider's.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloudInit {
    /// Shell lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runcmd: Vec<String>,
    /// Packages to install.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<String>,
    /// Whether package lists are refreshed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package_update: Option<bool>,
    /// Whether installed packages are upgraded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package_upgrade: Option<bool>,
    /// Files to write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write_files: Vec<WriteFile>,
}

/// A file that is written when an instance first starts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteFile {
    /// Where.
    pub path: String,
    /// What.
    pub content: String,
    /// `user:group`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Octal, as text: `0644`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<String>,
}

/// Counts only: such lines often hold secrets.
impl fmt::Debug for CloudInit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (lines, files) = (self.runcmd.len(), self.write_files.len());
        write!(f, "CloudInit {{ {lines} lines, {files} files, … }}")
    }
}

impl fmt::Debug for WriteFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// What all instances of a request are started with: image, key, first steps. Checked when made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    image: String,
    key: Option<SshKey>,
    cloud_init: Option<CloudInit>,
}

/// What is wrong with the way an instance shall be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    /// An image needs a name.
    #[error("the image has no name; say for example `{DEFAULT_IMAGE}`")]
    NoImage,
    /// A non-Windows image without a key.
    #[error("image `{0}` needs an SSH key; give --ssh-key-id ID or --ssh-key FILE")]
    NoKey(String),
    /// A Windows image with a key.
    #[error("image `{0}` takes no SSH key; leave the key out")]
    KeyForWindows(String),
    /// A key without text.
    #[error("the SSH key is empty")]
    EmptyKey,
    /// Text of a key that is none, or is a private one.
    #[error(
        "this is no public SSH key: it should be one line such as `ssh-ed25519 AAAA… me`; a private key is never sent"
    )]
    NotPublic,
    /// An Ubuntu image that nobody could reach.
    #[error("image `{0}` needs port 22 forwarded or a public IP; add --port 22 or --public-ip")]
    Unreachable(String),
}

impl Launch {
    /// Checks that image and key go together: none for Windows, one for all others.
    pub fn new(image: &str, key: Option<SshKey>, cloud_init: Option<CloudInit>) -> Result<Launch, LaunchError> {
        let image = image.trim();
        match &key {
            _ if image.is_empty() => Err(LaunchError::NoImage),
            Some(_) if is_windows(image) => Err(LaunchError::KeyForWindows(image.to_owned())),
            None if !is_windows(image) => Err(LaunchError::NoKey(image.to_owned())),
            Some(SshKey::Text(text)) => public_key(text),
            Some(SshKey::Id(id)) if id.trim().is_empty() => Err(LaunchError::EmptyKey),
            _ => Ok(()),
        }?;
        Ok(Launch {
            image: image.to_owned(),
            key,
            cloud_init,
        })
    }

    /// The image's name.
    pub fn image(&self) -> &str {
        &self.image
    }

    /// Whether an instance with these internal ports, or with a public IP, can be reached as the provider demands.
    pub fn check_reach(
        &self,
        internal_ports: impl IntoIterator<Item = u16>,
        public_ip: bool,
    ) -> Result<(), LaunchError> {
        let ubuntu = self.image.to_lowercase().starts_with("ubuntu");
        if ubuntu && !public_ip && !internal_ports.into_iter().any(|port| port == SSH) {
            return Err(LaunchError::Unreachable(self.image.clone()));
        }
        Ok(())
    }
}

fn is_windows(image: &str) -> bool {
    image.to_lowercase().starts_with("windows")
}

/// A private key must not leave the machine by mistake.
fn public_key(text: &str) -> Result<(), LaunchError> {
    let text = text.trim();
    let kinds = ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"];
    match text {
        "" => Err(LaunchError::EmptyKey),
        _ if text.contains("PRIVATE KEY") => Err(LaunchError::NotPublic),
        _ if kinds.iter().any(|kind| text.starts_with(kind)) && text.contains(' ') => Ok(()),
        _ => Err(LaunchError::NotPublic),
    }
}

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
        map.serialize_entry("image", &launch.image)?;
        map.serialize_entry("resources", &self.0.resources())?;
        map.serialize_entry("hostnode_id", &self.0.host_id)?;
        match &self.0.network {
            Network::PublicIp => map.serialize_entry("useDedicatedIp", &true)?,
            Network::Forwards(ports) => map.serialize_entry("port_forwards", ports)?,
        }
        match &launch.key {
            Some(SshKey::Text(text)) => map.serialize_entry("ssh_key", text.trim())?,
            Some(SshKey::Id(id)) => map.serialize_entry("ssh_key_id", id.trim())?,
            None => {}
        }
        if let Some(cloud_init) = &launch.cloud_init {
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

    #[test]
    fn image_and_key_have_to_go_together() {
        let id = || Some(SshKey::Id("k1".into()));
        let text = |t: &str| Some(SshKey::Text(t.into()));
        assert!(Launch::new("ubuntu2404", id(), None).is_ok());
        assert!(matches!(
            Launch::new("ubuntu2404", None, None),
            Err(LaunchError::NoKey(_))
        ));
        assert!(matches!(
            Launch::new("Windows10", id(), None),
            Err(LaunchError::KeyForWindows(_))
        ));
        assert_eq!(Launch::new("ubuntu2404", text(" "), None), Err(LaunchError::EmptyKey));
        let private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n";
        assert_eq!(
            Launch::new("ubuntu2404", text(private), None),
            Err(LaunchError::NotPublic)
        );
        assert_eq!(Launch::new(" ", id(), None), Err(LaunchError::NoImage));
    }

    #[test]
    fn ubuntu_has_to_be_reachable() {
        let launch = Launch::new("ubuntu2404", Some(SshKey::Id("k".into())), None).unwrap();
        assert!(launch.check_reach([8080, 22], false).is_ok() && launch.check_reach([], true).is_ok());
        assert!(matches!(
            launch.check_reach([8080], false),
            Err(LaunchError::Unreachable(_))
        ));
        assert!(
            Launch::new("windows10", None, None)
                .unwrap()
                .check_reach([], false)
                .is_ok()
        );
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let cloud_init: CloudInit =
            serde_json::from_str(r#"{"runcmd":["s3cret"],"write_files":[{"path":"/x","content":"s3cret"}]}"#).unwrap();
        let launch = Launch::new("ubuntu2404", Some(SshKey::Id("s3cret".into())), Some(cloud_init)).unwrap();
        assert!(!format!("{launch:?}").contains("s3cret"));
        assert!(serde_json::from_str::<CloudInit>(r#"{"runcmds":[]}"#).is_err());
    }
}
