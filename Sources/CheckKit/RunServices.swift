import FaultInjection
import HTTPClient
import RunModel
import Settings
import UndoLog

/// What all checks of one run share: the configuration, the clients, and what takes changes back.
public struct RunServices: Sendable {
    public let configuration: Configuration
    public let runID: RunID
    /// Set up with the configuration's addresses and certificate authority.
    public var http: HTTPClient
    /// Where everything that must be taken back is written down before it is made.
    public let undoLog: UndoLog
    /// Takes back what the log says is open.
    public let undoReplay: UndoReplay
    /// Breaks dependencies and restores them, where the run is allowed to; nil where nothing may be broken.
    public let faults: Faults?
    /// The environment variables of the process.
    public let environment: [String: String]
    /// Where the run looks from, for messages about what cannot be reached.
    public let vantage: String
    /// Which services have shown themselves so far.
    public let identities = ServiceIdentities()
    private var special: [ObjectIdentifier: any Sendable] = [:]

    public init(
        configuration: Configuration, runID: RunID, http: HTTPClient, undoLog: UndoLog, undoReplay: UndoReplay,
        faults: Faults? = nil, environment: [String: String], vantage: String
    ) {
        self.configuration = configuration
        self.runID = runID
        self.http = http
        self.undoLog = undoLog
        self.undoReplay = undoReplay
        self.faults = faults
        self.environment = environment
        self.vantage = vantage
    }

    /// The same services and one more, which the checks of one area share and the kit knows nothing of.
    public func with<Service: Sendable>(_ service: Service) -> RunServices {
        var services = self
        services.special[ObjectIdentifier(Service.self)] = service
        return services
    }

    /// A service that was added by its type; nil where the run has none.
    public subscript<Service: Sendable>(_ type: Service.Type) -> Service? {
        special[ObjectIdentifier(type)] as? Service
    }
}
