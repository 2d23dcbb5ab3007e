import CheckKit
import Formats
import Processes
import RunModel
import Settings

/// Which verdicts a shortage of processors on this machine may have made. Pure.
struct StarvationRule {
    let configuration: Configuration
    /// Whether the check waited for an answer that did not come for less than the request's whole time.
    let gaveUpEarly: Bool

    /// - Returns: inconclusive where `starvation` may have made the verdict, else the outcome as it is.
    func outcome(of outcome: Outcome, under seen: @autoclosure () -> Starvation) -> Outcome {
        let isAboutTime = restsOnTime(outcome)
        // Looking at the processors costs as much as a small check, and most outcomes rest on neither.
        guard isAboutTime || outcome.restsOnSilence else { return outcome }
        let starvation = seen()
        guard isAboutTime ? starvation.isSevere : starvation.isStandstill else { return outcome }
        return .inconclusive(
            .obstacle(.starved, of: .vantage),
            "this machine was too busy to judge times (\(starvation.text)); as measured: \(outcome.message)")
    }

    /// Silence for a request's whole time is more than a slow machine makes unless it stands still; a shorter silence is not. What
    /// the target's own side gave up waiting for says as much of this machine where the target stands on it.
    private func restsOnTime(_ outcome: Outcome) -> Bool {
        outcome.restsOnTime || outcome.restsOnSilence && gaveUpEarly
            || outcome.givenUpByTarget.map(isOnThisMachine) == true
    }

    private func isOnThisMachine(_ component: Component) -> Bool {
        Service.allCases.contains { service in
            guard Component.service(service) == component, let url = configuration.services.url(of: service),
                let host = NetworkAddress(url)?.host
            else { return false }
            return PrivateHost.isThisMachine(host)
        }
    }
}
