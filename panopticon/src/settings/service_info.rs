//! What a service says about itself.

use super::setting::Setting;
use super::value::SettingValue;

/// What a service says about itself, in formats that have a place for it; for
/// [`Builder::service`](crate::Builder::service).
///
/// | given | `application/health+json` | metrics |
/// | --- | --- | --- |
/// | [`new`](Self::new) | `serviceId` | the label `name` of `panopticon_service_info` |
/// | [`version`](Self::version) | `version` | its label `version` |
/// | [`release_id`](Self::release_id) | `releaseId` | its label `release_id` |
/// | [`description`](Self::description) | `description` | |
/// | [`note`](Self::note) | an element of `notes` | |
/// | [`link`](Self::link) | an entry of `links` | |
///
/// The names are those of the
/// [draft](https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check-06) that defines
/// `application/health+json`. Everybody who can read a report can read all of it, unless
/// they only see [statuses](crate::Disclosure::StatusOnly).
///
/// ```
/// use panopticon::{CheckOptions, Panopticon, ServiceInfo};
///
/// let service = ServiceInfo::new("orders")
///     .version("2")
///     .release_id(env!("CARGO_PKG_VERSION"))
///     .description("takes orders")
///     .link("about", "https://example.com/orders");
/// let health = Panopticon::empty()
///     .service(service)
///     .check("disk", CheckOptions::new(), || async {})
///     .build()?;
/// # Ok::<(), panopticon::BuildError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a `ServiceInfo` has no effect until it is given to the builder"]
pub struct ServiceInfo {
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) release_id: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) links: Vec<(String, String)>,
}

impl ServiceInfo {
    /// Creates the information of a service with a name, which identifies it among the services of
    /// an application.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// Sets the version of the service's public interface, which changes only when clients must.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Sets the release that runs, such as the package's version or a commit.
    pub fn release_id(mut self, release_id: impl Into<String>) -> Self {
        self.release_id = Some(release_id.into());
        self
    }

    /// Sets a description for people.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Adds a note for those who read a report, such as who is on call.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a link to more information: its relation, which is a
    /// [registered](https://www.iana.org/assignments/link-relations/) one such as `about`, or a URI,
    /// and the URI that it leads to. Replaces an earlier link of the same relation.
    pub fn link(mut self, relation: impl Into<String>, uri: impl Into<String>) -> Self {
        let relation = relation.into();
        self.links.retain(|(other, _)| *other != relation);
        self.links.push((relation, uri.into()));
        self
    }
}

pub(super) const SERVICE: Setting<ServiceInfo> = Setting {
    method: "service",
    // Not `DD_VERSION`: a report may be public, and so would be the release, which nobody has
    // chosen to show.
    variables: &["PANOPTICON_SERVICE", "OTEL_SERVICE_NAME", "DD_SERVICE"],
    accepted: "a name, and texts, without control characters, which are not empty and have at most \
               256 bytes; and links with a relation to a whole URI, such as \
               `https://example.com/about`",
    read: |name| Some(ServiceInfo::new(name)),
    accept: |service| Some(service).filter(ServiceInfo::is_acceptable),
    default: ServiceInfo::default,
    syntax: None,
    is_secret: false,
};

const MAX_TEXT_BYTES: usize = 256;

impl ServiceInfo {
    fn is_acceptable(&self) -> bool {
        let Self { name, version, release_id, description, notes, links } = self;
        let is_acceptable = |text: &str| {
            !text.trim().is_empty()
                && text.len() <= MAX_TEXT_BYTES
                && !text.contains(char::is_control)
        };
        let texts = [name, version, release_id, description].into_iter().flatten();
        let relations = links.iter().map(|(relation, _)| relation);
        texts.chain(notes).chain(relations).all(|text| is_acceptable(text))
            && links.iter().all(|(_, uri)| is_uri(uri))
    }
}

impl SettingValue for ServiceInfo {
    fn shown(&self) -> String {
        let Self { name, version, release_id, description, notes, links } = self;
        let texts = [
            ("name", name),
            ("version", version),
            ("release_id", release_id),
            ("description", description),
        ];
        let texts = texts
            .into_iter()
            .filter_map(|(what, text)| text.as_ref().map(|text| format!("{what} {text:?}")));
        let notes = notes.iter().map(|note| format!("note {note:?}"));
        let links = links.iter().map(|(relation, uri)| format!("link {relation:?} to {uri:?}"));
        texts.chain(notes).chain(links).collect::<Vec<_>>().join(", ")
    }
}

/// Returns whether a text has the form of a URI: a scheme, and only characters that URIs have.
/// <https://www.rfc-editor.org/rfc/rfc3986#appendix-A>
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_in_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let is_in_uri = |c: char| {
        c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(is_in_scheme)
        && !rest.is_empty()
        && rest.chars().all(is_in_uri)
}
