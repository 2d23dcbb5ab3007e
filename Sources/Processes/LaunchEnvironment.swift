import Foundation
import Glibc
import Synchronization

/// The environment variables that the process was started with.
///
/// References of the configuration and children are given from here. Variables by which a library of ours could be steered are
/// taken out of the process itself, and stay here.
public enum LaunchEnvironment {
    private static let known = Mutex(ProcessInfo.processInfo.environment)

    public static var variables: [String: String] { known.withLock { $0 } }

    /// Sets a variable as if it had been there from the start.
    public static func set(_ name: String, to value: String) { known.withLock { $0[name] = value } }

    /// Takes variables out of the process. Before the first thread starts: the C library lets nobody read them meanwhile.
    public static func withdraw(where isWithdrawn: (String) -> Bool) {
        for name in variables.keys where isWithdrawn(name) { unsetenv(name) }
    }
}
