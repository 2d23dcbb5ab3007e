import Formats
import Foundation
import RunModel

/// Where resources are declared: the lines of `resource "TYPE" "NAME"` in the Terraform files of a repository.
struct TerraformSources {
    /// By `type.name`; nil for one that several modules declare.
    private var places: [String: SourceLine?] = [:]

    /// Files that are read, and the largest of them, in bytes.
    private static let mostFiles = 2000
    private static let largestFile = 1 << 20

    init(repository: String) {
        var read = 0
        let root = URL(fileURLWithPath: repository, isDirectory: true)
        let files = FileManager.default.enumerator(
            at: root, includingPropertiesForKeys: nil, options: [.skipsHiddenFiles, .skipsPackageDescendants])
        let prefix = root.standardizedFileURL.path + "/"
        while let file = files?.nextObject() as? URL, read < Self.mostFiles {
            let path = file.standardizedFileURL.path
            guard file.pathExtension == "tf", path.hasPrefix(prefix),
                let data = try? OutsideFile.bytes(of: path, limit: Self.largestFile)
            else { continue }
            read += 1
            add(String(decoding: data, as: UTF8.self), at: String(path.dropFirst(prefix.count)))
        }
    }

    private mutating func add(_ text: String, at path: String) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.hasPrefix("resource"),
                let match = line.prefixMatch(of: #/resource\s+"([A-Za-z0-9_-]+)"\s+"([A-Za-z0-9_-]+)"/#)
            else { continue }
            let name = "\(match.1).\(match.2)"
            let isKnown = places.keys.contains(name)
            places.updateValue(isKnown ? nil : SourceLine(path: path, line: index + 1), forKey: name)
        }
    }

    /// The place of an address such as `module.network.aws_security_group_rule.mlflow[0]`.
    func place(of address: String) -> SourceLine? {
        let plain = address.replacing(#/\[[^\]]*\]/#, with: "")
        let parts = plain.split(separator: ".").suffix(2)
        return places[parts.joined(separator: ".")] ?? nil
    }

    /// The changes of a plan with the places of their resources.
    func placed(_ changes: [Change]) -> [Change] {
        changes.map { change in
            guard change.origin == .terraform, let address = change.resources.first else { return change }
            var change = change
            change.place = place(of: address)
            return change
        }
    }
}
