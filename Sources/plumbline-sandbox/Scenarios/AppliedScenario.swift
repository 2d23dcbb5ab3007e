import Foundation
import Glibc

/// The scenario that is in force in a sandbox, kept in its directory so that any later command can take it back.
struct AppliedScenario: Codable {
    let name: String
    /// The parts as they were before they got other settings.
    var originals: [Part]

    static let none = "none"

    static func load(_ directory: SandboxDirectory) -> AppliedScenario? {
        FileManager.default.contents(atPath: directory.scenario)
            .flatMap { try? JSONDecoder().decode(AppliedScenario.self, from: $0) }
    }

    static func name(in directory: SandboxDirectory) -> String { load(directory)?.name ?? none }

    /// Written before anything is broken.
    func save(_ directory: SandboxDirectory) throws {
        let data = try JSONEncoder().encode(self)
        try directory.writePrivately(String(decoding: data, as: UTF8.self), to: directory.scenario)
    }

    static func remove(_ directory: SandboxDirectory) { unlink(directory.scenario) }
}
