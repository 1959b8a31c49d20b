//! What an instance is started with: image, key, first steps.

use std::fmt;

use serde::{Deserialize, Serialize};

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

    pub(crate) fn key(&self) -> Option<&SshKey> {
        self.key.as_ref()
    }

    pub(crate) fn cloud_init(&self) -> Option<&CloudInit> {
        self.cloud_init.as_ref()
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

#[cfg(test)]
mod tests {
    use super::*;

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
