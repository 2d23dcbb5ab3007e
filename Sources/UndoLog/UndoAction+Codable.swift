/// An action is one JSON object: its `kind`, and next to it what that kind of action needs.
extension UndoAction: Codable {
    private enum Kind: String, Codable {
        case http, find, process, command
        case stopTasks = "stop-tasks"
        case setDesiredCount = "set-desired-count"
        case deleteObject = "delete-object"
    }

    private enum Key: CodingKey { case kind }

    public init(from decoder: any Decoder) throws {
        switch try decoder.container(keyedBy: Key.self).decode(Kind.self, forKey: .kind) {
        case .http: self = .http(try HTTPAction(from: decoder))
        case .find: self = .find(try FindAction(from: decoder))
        case .process: self = .process(try ProcessAction(from: decoder))
        case .command: self = .command(try CommandAction(from: decoder))
        case .stopTasks: self = .stopTasks(try TasksAction(from: decoder))
        case .setDesiredCount: self = .setDesiredCount(try ServiceAction(from: decoder))
        case .deleteObject: self = .deleteObject(try ObjectAction(from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        let (kind, parts): (Kind, any Encodable) =
            switch self {
            case .http(let action): (.http, action)
            case .find(let action): (.find, action)
            case .process(let action): (.process, action)
            case .command(let action): (.command, action)
            case .stopTasks(let action): (.stopTasks, action)
            case .setDesiredCount(let action): (.setDesiredCount, action)
            case .deleteObject(let action): (.deleteObject, action)
            }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(kind, forKey: .kind)
        try parts.encode(to: encoder)
    }
}
