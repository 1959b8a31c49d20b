//! What a made-up market is made of: GPU models with the price range seen for them in public lists, places and operators.

/// A GPU model: name, memory in GB, lowest and highest dollars per GPU and hour.
pub struct Model {
    pub name: &'static str,
    pub low: f64,
    pub high: f64,
    /// How common it is, beside the others.
    pub share: u32,
}

const fn model(name: &'static str, low: f64, high: f64, share: u32) -> Model {
    Model { name, low, high, share }
}

/// The models on offer.
pub const MODELS: [Model; 8] = [
    model("h100-sxm5-80gb", 1.80, 3.20, 3),
    model("a100-sxm4-80gb", 0.90, 1.90, 3),
    model("a100-pcie-80gb", 0.80, 1.70, 2),
    model("l40s-pcie-48gb", 0.55, 1.15, 3),
    model("rtxa6000-pcie-48gb", 0.35, 0.80, 3),
    model("geforcertx4090-pcie-24gb", 0.30, 0.70, 5),
    model("geforcertx3090-pcie-24gb", 0.15, 0.40, 4),
    model("v100-sxm2-16gb", 0.12, 0.40, 2),
];

/// Which models a VM may ask for together, with how often.
pub const WISHES: [(&[&str], u32); 12] = [
    (&["h100-*"], 3),
    (&["a100"], 4),
    (&["h100-sxm5-80gb", "a100-*"], 3),
    (&["a100-pcie-80gb"], 2),
    (&["l40s"], 3),
    (&["l40s", "rtxa6000"], 4),
    (&["*-48gb", "*-80gb"], 3),
    (&["rtx4090"], 4),
    (&["rtx4090", "rtx3090"], 5),
    (&["*-24gb", "*-48gb"], 2),
    (&["v100-sxm2-16gb", "rtx3090"], 2),
    (&[], 1),
];

/// City, region and country of a location.
pub const CITIES: [(&str, &str, &str); 10] = [
    ("Dallas", "Texas", "United States"),
    ("Chubbuck", "Idaho", "United States"),
    ("New York", "New York", "United States"),
    ("Ottawa", "Ontario", "Canada"),
    ("Frankfurt", "Hesse", "Germany"),
    ("Tallinn", "Harju", "Estonia"),
    ("Warsaw", "Mazovia", "Poland"),
    ("Joplin", "Missouri", "United States"),
    ("Mumbai", "Maharashtra", "India"),
    ("Singapore", "Singapore", "Singapore"),
];

/// Who runs hosts.
pub const OPERATORS: [&str; 12] = [
    "Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple", "Oak", "Pine", "Rowan", "Willow",
];
