/// What keeps a sandbox from starting, running or ending, with what to do about it.
enum SandboxError: Error, CustomStringConvertible {
    case notOurs(path: String, example: String)
    case cannotWrite(path: String, reason: String)
    case busy(path: String, owner: String)
    case missingProgram(name: String, searched: [String])
    case notHealthy(part: String, waited: Duration, last: String, log: String)
    case ended(part: String, log: String)
    case notRunning(path: String)
    case unknownScenario(name: String, known: [String])
    case noFreePort
    case pythonEnvironment(reason: String)
    case interrupted(signal: Int32)
    case scenario(reason: String)

    var description: String {
        switch self {
        case .notOurs(let path, let example):
            "\(path) holds other things (such as \(example)) and no sandbox; give an empty or new directory with --dir"
        case .cannotWrite(let path, let reason): "cannot write \(path): \(reason)"
        case .busy(let path, let owner): "another plumbline-sandbox (\(owner)) is at work on \(path); wait for it"
        case .missingProgram(let name, let searched):
            "\(name) was not found in \(searched.joined(separator: ", ")); run ci/install"
        case .notHealthy(let part, let waited, let last, let log):
            "\(part) was not healthy after \(waited): \(last)\n\(log)"
        case .ended(let part, let log): "\(part) ended while it started\n\(log)"
        case .notRunning(let path): "no sandbox runs in \(path); start one with: plumbline-sandbox up --dir \(path)"
        case .unknownScenario(let name, let known):
            "there is no scenario '\(name)'; known: \(known.joined(separator: ", "))"
        case .noFreePort: "no free port was found on 127.0.0.1 between 20000 and 32767"
        case .pythonEnvironment(let reason): "the Python environment is not ready: \(reason)"
        case .interrupted(let signal): "stopped by signal \(signal)"
        case .scenario(let reason): reason
        }
    }
}
