import type { Machine } from './setup-machine.ts';
import { commandsOf, type Lack, planInstall } from './setup-plan.ts';

/** What a person types to get what is lacking on a machine where paws-top does not, or may not, do it. */
export function advice(machine: Machine, lack: Lack): string {
  const what = lack.engine ? 'no container engine answers' : 'Docker Compose v2 is missing';
  return `${what}. ${sentence(machine, lack)}:\n${commands(machine, lack)
    .map((line) => `  ${line}`)
    .join('\n')}`;
}

function sentence(machine: Machine, lack: Lack): string {
  if (lack.engine && machine.has.dockerd && machine.platform === 'linux')
    return 'Docker is installed but does not run; start it';
  if (machine.platform === 'darwin' || machine.platform === 'win32' || machine.wsl) return 'Start it, or install it';
  return 'Install it';
}

function commands(machine: Machine, lack: Lack): readonly string[] {
  if (machine.platform === 'darwin') {
    return lack.engine
      ? [
          'brew install --cask docker && open -a Docker',
          'or: brew install podman docker-compose && podman machine init && podman machine start',
        ]
      : ['brew install docker-compose'];
  }
  if (machine.platform === 'win32')
    return ['wsl --install', 'then run paws-top inside WSL', 'or: winget install Docker.DockerDesktop'];
  if (lack.engine && machine.has.dockerd) return [startCommand(machine), ...membership(machine)];
  if (lack.engine && machine.has.podman) {
    return ['systemctl --user enable --now podman.socket', 'or: podman system service --time=0 &'];
  }
  const steps = planInstall(machine, lack);
  if (steps !== null)
    return [...commandsOf(steps), ...(lack.engine ? [startCommand(machine), ...membership(machine)] : [])];
  return otherSystems(machine, lack);
}

function startCommand(machine: Machine): string {
  return machine.systemd ? 'sudo systemctl enable --now docker' : 'sudo dockerd > /tmp/dockerd.log 2>&1 &';
}

function membership(machine: Machine): string[] {
  return machine.root ? [] : ['sudo usermod -aG docker "$USER"   # then log in again'];
}

function otherSystems({ os, wsl }: Machine, lack: Lack): readonly string[] {
  const family = [os.id, ...os.like];
  const start = 'sudo systemctl enable --now docker && sudo usermod -aG docker "$USER"';
  if (family.some((name) => name === 'fedora' || name === 'rhel')) {
    return lack.engine
      ? [
          'sudo dnf install podman docker-compose && systemctl --user enable --now podman.socket',
          `or: sudo dnf install moby-engine docker-compose && ${start}`,
        ]
      : ['sudo dnf install docker-compose'];
  }
  if (family.includes('arch')) return [`sudo pacman -S docker docker-compose${lack.engine ? ` && ${start}` : ''}`];
  if (family.includes('alpine'))
    return [`sudo apk add docker docker-cli-compose${lack.engine ? ' && sudo rc-service docker start' : ''}`];
  if (family.some((name) => name === 'suse' || name === 'opensuse')) {
    return [`sudo zypper install docker docker-compose${lack.engine ? ` && ${start}` : ''}`];
  }
  if (wsl) return ['start Docker Desktop with its WSL integration switched on'];
  return [
    'install Docker Engine with Compose v2, or Podman with docker-compose, from your system’s packages',
    'then run this command again, or name a running engine: --host unix:///path/to/its.sock',
  ];
}
