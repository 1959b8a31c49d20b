//! Where the marketplace stands: the answer to a locations call, as far as it is shown.

use gpu_place_core::text::clean;

use crate::answer::{Answer, Unreadable};
use crate::json::Json;

/// One place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Its id.
    pub id: String,
    /// City, state and country, as far as they are stated; they may be swapped or equal.
    pub place: String,
    /// The provider's tier, as written.
    pub tier: Option<String>,
    /// Models on offer, and the most GPUs of each that one VM could have.
    pub gpus: Vec<(String, u64)>,
}

/// Reads the answer to a locations call. Places without an id are left out.
pub fn read(answer: &Answer<'_>) -> Result<Vec<Location>, Unreadable> {
    let body = answer.json()?;
    let data = body.get("data").unwrap_or(body);
    let holder = data.get("attributes").filter(|a| a.is_object()).unwrap_or(data);
    let list = if data.is_list() {
        Some(data)
    } else {
        holder.get("locations")
    };
    match list {
        Some(list) if list.is_list() => Ok(list.items().into_iter().filter_map(location).collect()),
        Some(map) if map.is_object() => Ok(map
            .members()
            .into_iter()
            .filter_map(|(_, place)| location(place))
            .collect()),
        Some(nothing) if nothing.is_null() => Ok(Vec::new()),
        _ => Err(Unreadable(format!(
            "HTTP {} with JSON that holds no locations",
            answer.status
        ))),
    }
}

fn location(json: Json<'_>) -> Option<Location> {
    let text = |name: &str| json.get(name).and_then(Json::text).map(|text| clean(&text, 80));
    let gpus = json.get("gpus").map_or(Vec::new(), Json::items);
    let gpu = |gpu: Json<'_>| {
        let name = gpu.any(&["v0Name", "gpuV0Name", "displayName"])?.text()?;
        Some((
            clean(&name, 80),
            gpu.get("max_count").and_then(Json::whole).unwrap_or(0),
        ))
    };
    Some(Location {
        id: json
            .any(&["id", "uuid"])
            .and_then(Json::text)
            .map(|id| clean(&id, 80))?,
        place: ["city", "stateprovince", "country"]
            .into_iter()
            .filter_map(text)
            .collect::<Vec<_>>()
            .join(", "),
        tier: json
            .get("tier")
            .and_then(|tier| tier.scalar().digits().map(|tier| clean(&tier, 20))),
        gpus: gpus.into_iter().filter_map(gpu).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_listed() {
        let body =
            br#"{"data":{"locations":[{"id":"l1","city":"M\u00f6lln","stateprovince":"","country":"Germany","tier":1,
            "gpus":[{"v0Name":"a40-pcie-48gb","max_count":3}]},{"city":"no id"}]}}"#;
        let expected = Location {
            id: "l1".into(),
            place: "Mölln, Germany".into(),
            tier: Some("1".into()),
            gpus: vec![("a40-pcie-48gb".into(), 3)],
        };
        assert_eq!(read(&Answer::new(200, body)), Ok(vec![expected]));
        assert_eq!(read(&Answer::new(200, br#"{"data":{"locations":null}}"#)), Ok(vec![]));
        assert!(read(&Answer::new(200, b"<html>")).is_err() && read(&Answer::new(200, b"7")).is_err());
    }
}
