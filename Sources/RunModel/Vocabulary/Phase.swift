/// The five phases of a run, in order.
public enum Phase: Int, CaseIterable, Sendable, Codable, Comparable {
    case setup = 1
    case coreTests
    case validation
    case documentation
    case handOff

    /// The name on the command line, in file names and in reports.
    public var name: String {
        switch self {
        case .setup: "setup"
        case .coreTests: "core-tests"
        case .validation: "validation"
        case .documentation: "documentation"
        case .handOff: "handoff"
        }
    }

    /// What a heading calls the phase.
    public var title: String {
        switch self {
        case .setup: "Setup"
        case .coreTests: "Core tests"
        case .validation: "Validation"
        case .documentation: "Documentation"
        case .handOff: "Hand-off"
        }
    }

    /// Finds a phase by its number or its name.
    public init?(text: String) {
        guard let phase = Phase.allCases.first(where: { $0.name == text || String($0.rawValue) == text }) else {
            return nil
        }
        self = phase
    }

    /// The file of the phase's checkpoint, relative to the run's directory.
    public var stateFile: String { "state/\(rawValue)-\(name).json" }

    public static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
}
