/// `redaction.json`: what was masked in a run.
struct MaskingRecord: Codable {
    /// How often each secret was masked, by its name.
    let replacements: [String: Int]
    /// The documents and state files in whose own words a secret's value stands, such as a password that is called as the
    /// service: what is masked there is not masked in the journal, so they do not follow from it byte by byte.
    let renderings: [String]
}
