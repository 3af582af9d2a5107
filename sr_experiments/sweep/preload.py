"""What the fork server of jobs knows beforehand, besides its imports: which plugins Hydra has."""

from hydra.core.plugins import Plugins

from sr_experiments.config import find_plugins

find_plugins()
Plugins.instance()
