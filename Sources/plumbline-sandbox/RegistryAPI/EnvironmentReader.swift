import Formats
import Foundation

/// Reads environment variables as the kinds of value the services need; an empty variable counts as not set.
struct EnvironmentReader {
    private let environment: [String: String]

    init(_ environment: [String: String]) { self.environment = environment }

    /// The first of `names` that is set.
    func text(_ names: String...) -> String? { first(names)?.value }

    func whole(_ names: String...) throws -> Int? {
        guard let (name, value) = first(names) else { return nil }
        guard let number = Int(value), number >= 0 else {
            throw RegistrySettings.Invalid(
                description: "\(name): expected a whole number, zero or more, got '\(value)'")
        }
        return number
    }

    func seconds(_ names: String...) throws -> Double? {
        guard let (name, value) = first(names) else { return nil }
        guard let number = Double(finite: value), number >= 0 else {
            throw RegistrySettings.Invalid(description: "\(name): expected seconds, zero or more, got '\(value)'")
        }
        return number
    }

    func flag(_ name: String) -> Bool? {
        text(name).map { ["1", "true", "yes", "on"].contains($0.lowercased()) }
    }

    /// The entries of a list separated by commas, in lower case.
    static func list(_ text: String?) -> Set<String> {
        Set(
            (text ?? "").split(separator: ",")
                .map { $0.trimmingCharacters(in: .whitespaces).lowercased() }.filter { !$0.isEmpty })
    }

    private func first(_ names: [String]) -> (name: String, value: String)? {
        for name in names {
            if let value = environment[name], !value.isEmpty { return (name, value) }
        }
        return nil
    }
}
