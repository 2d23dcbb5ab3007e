import Formats
import Foundation

extension BundleManifest {
    /// Reads the manifest from the entry begun last.
    /// - Throws: an error with the manifest as its subject when it is invalid, and what reading the archive throws.
    static func read(
        _ header: TarHeader, _ reader: TarReader, _ limits: BundleLimits
    ) throws(BundleError) -> BundleManifest {
        guard header.size <= limits.manifestBytes else {
            throw invalid("has \(header.size) bytes, \(limits.manifestBytes) are allowed")
        }
        var bytes = Data(capacity: Int(header.size))
        try reader.readData { block throws(BundleError) in bytes.append(contentsOf: block) }
        let weight = JSONWeight(of: bytes)
        guard weight.values <= limits.entries * valuesPerEntry, weight.depth <= 4 else {
            throw invalid("holds more values than \(limits.entries) entries have, or values \(weight.depth) deep")
        }
        let manifest: BundleManifest
        do {
            manifest = try JSON.decode(BundleManifest.self, from: bytes)
        } catch {
            throw invalid("is not a manifest: \(error)")
        }
        try manifest.check(limits)
        // Written anew it must be the same bytes: a bit flipped in a space or in an unknown key is damage as well.
        guard try manifest.encoded().elementsEqual(bytes) else {
            throw invalid("is not written as Plumbline writes it")
        }
        guard try manifest.sealed() == manifest else {
            throw invalid("does not fit the digest of itself that it holds")
        }
        return manifest
    }

    /// Commas and brackets of an entry, and some to spare for the rest.
    private static let valuesPerEntry = 6

    private func check(_ limits: BundleLimits) throws(BundleError) {
        guard Self.readableSchemaVersions.contains(schemaVersion) else {
            throw Self.invalid(
                "has schema version \(schemaVersion), this build reads \(Self.currentSchemaVersion) and older; "
                    + "use the build that wrote the bundle")
        }
        guard (renderer == nil) == (schemaVersion == 1) else {
            throw Self.invalid("has schema version \(schemaVersion) and \(renderer == nil ? "no" : "a") renderer")
        }
        guard entries.count < limits.entries else {
            throw Self.invalid("names \(entries.count) entries, \(limits.entries) are allowed")
        }
        var previous = ""
        for entry in entries {
            if let fault = BundlePath.fault(in: entry.path) {
                throw Self.invalid("names \(entry.path.debugDescription): \(fault)")
            }
            guard entry.path != BundlePath.manifest else { throw Self.invalid("names itself") }
            guard BundlePath.precedes(previous, entry.path) else {
                throw Self.invalid("is not sorted, or names \(entry.path.debugDescription) twice")
            }
            guard (0...limits.entryBytes).contains(entry.size) else {
                throw Self.invalid("gives \(entry.path.debugDescription) a size of \(entry.size) bytes")
            }
            previous = entry.path
        }
    }

    private static func invalid(_ message: String) -> BundleError {
        BundleError(.damaged, BundlePath.manifest, message)
    }
}
